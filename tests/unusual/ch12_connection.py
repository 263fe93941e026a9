"""Right but unusual answers to chapter 12, which its promises must accept."""

from course.maintain.unusual import Unusual
from tests.mistakes.ch12_connection import (
    BROKEN,
    CONTINUE,
    DECODE,
    FEED,
    FIRST,
    HAS_END,
    IS_DONE,
    KEEP,
    NOW_RESPONSE,
    PERSISTS,
    RECEIVING,
    REFUSAL,
    REPLIES,
    RESPOND,
    SENDING,
    TAKEN,
    TOKENS,
    VERSIONS,
    WAITS,
)

UNUSUAL = (
    Unusual(
        "takes the list apart by hand",
        old=TOKENS,
        new='    tokens = {token.strip(" \\t").lower() for token in connection.split(",")}\n'
        + VERSIONS,
    ),
    Unusual(
        "answers for each version apart",
        old=VERSIONS,
        new='    if "close" in tokens:\n        return False\n'
        "    if request.version == (1, 0):\n"
        '        return "keep-alive" in tokens\n'
        "    return True\n",
    ),
    Unusual(
        "compares without case by casefold()",
        old=TOKENS,
        new=TOKENS.replace(".lower()", ".casefold()"),
    ),
    Unusual(
        "makes each token lower case",
        old=TOKENS,
        new="    tokens = {token.lower() for token in list_members(connection)}\n" + VERSIONS,
    ),
    Unusual(
        "keeps only pieces that are not empty",
        old=DECODE,
        new="        if piece := self.decoder.decode(self.buffer):\n"
        "            self.content.append(piece)\n",
    ),
    Unusual(
        "decides in an if, and returns None by ending",
        old=IS_DONE + NOW_RESPONSE + TAKEN,
        new="        if self.decoder.done:\n    "
        + NOW_RESPONSE
        + "    "
        + TAKEN
        + "        return None\n",
    ),
    Unusual(
        "keeps the request with its content",
        old=NOW_RESPONSE + TAKEN,
        new='        self.request = self.request._replace(content=b"".join(self.content))\n'
        "        self.state = State.RESPONSE\n        return self.request\n",
    ),
    Unusual(
        "returns early when closed, and extends the buffer",
        old=KEEP,
        new="        if self.state == State.CLOSED:\n            return None\n"
        "        self.buffer.extend(data)\n",
    ),
    Unusual(
        "keeps the request in a variable",
        old=FEED,
        new=FEED.replace("        try:\n", "        request = None\n        try:\n")
        .replace("return self.take_content()", "request = self.take_content()")
        .replace("        return None\n", "        return request\n"),
    ),
    Unusual(
        "asks for the content inside the first if as well",
        old=FEED,
        new=FEED.replace(
            "                self.take_head()\n            if",
            "                self.take_head()\n"
            "                if self.state is State.HEAD:\n"
            "                    return None\n            if",
        ),
    ),
    Unusual(
        "closes on any error",
        old=FEED,
        new=FEED.replace("except HttpError:", "except BaseException:"),
    ),
    Unusual(
        "raises another RuntimeError for each reason",
        old=WAITS,
        new="        if self.state is not State.RESPONSE:\n"
        '            raise RuntimeError("not now")\n'
        "        if request is None:\n"
        '            raise RuntimeError("nobody has asked")\n',
    ),
    Unusual(
        "decides step by step",
        old=HAS_END + PERSISTS,
        new="        persists = is_persistent(request)\n"
        "        if request.version < (1, 1) and not isinstance(response.content, bytes):\n"
        "            persists = persists and response.length is not None\n",
    ),
    Unusual(
        "changes the state in an if",
        old=RESPOND,
        new="        pieces = serialize(response, request, persists=persists)\n"
        "        self.state, self.request = State.CLOSED, None\n"
        "        if persists:\n            self.state = State.HEAD\n"
        "        return pieces\n",
    ),
    Unusual(
        "feeds in the condition of the loop",
        old=FIRST + REPLIES,
        new="        while (request := http.feed(data)) is not None:\n"
        "            yield answer(http, handler, request)\n"
        '            data = b""\n',
    ),
    Unusual(
        "yields tuples for what is not a response",
        old=CONTINUE + REFUSAL,
        new="        interim = http.interim()\n        if interim:\n            yield (interim,)\n"
        "    except HttpError as error:\n        yield (http.refuse(error),)\n",
    ),
    Unusual(
        "goes on until the client ends it",
        old=RECEIVING,
        new="""        while http.goes_on:
            data = receiver.receive()
            if not data:
                break
            send_each(conn, outgoing(http, handler, data))
""",
    ),
    Unusual(
        "closes the generator by hand",
        old=SENDING,
        new="""            pieces = outgoing(http, handler, data)
            try:
                for piece in pieces:
                    send(conn, piece)
            finally:
                pieces.close()
""",
    ),
    Unusual(
        "finishes in an else",
        old=BROKEN,
        new="    except BaseException:\n        abort(conn)\n        raise\n"
        "    else:\n        finish(conn, http)\n",
    ),
)
