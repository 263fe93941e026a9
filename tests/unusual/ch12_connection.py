"""Right but unusual answers to chapter 12, which its promises must accept."""

from course.maintain.unusual import Unusual
from tests.mistakes.ch12_connection import (
    ANSWER,
    BROKEN,
    CONTINUE,
    DECODE,
    FEED,
    FRAMING,
    INTERIM,
    KEEP,
    OWES,
    PARSE,
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
        "parses into the attribute at once",
        old=PARSE + "        self.request = request\n",
        new="        request = self.request = self.parser.parse(self.buffer)\n"
        "        if not request:\n            return\n",
    ),
    Unusual(
        "asks for the framing before it asks who waits",
        old=OWES + FRAMING,
        new=FRAMING + OWES,
    ),
    Unusual(
        "decides between the decoders by the type of the framing",
        old='        if framing == "chunked":\n'
        "            self.decoder = ChunkedDecoder(self.limit)\n"
        "        else:\n"
        "            self.decoder = LengthDecoder(framing)\n",
        new="        if isinstance(framing, int):\n"
        "            self.decoder = LengthDecoder(framing)\n"
        "        else:\n"
        "            self.decoder = ChunkedDecoder(limit=self.limit)\n",
    ),
    Unusual(
        "keeps only pieces that are not empty",
        old=DECODE,
        new="        if piece := self.decoder.decode(self.buffer):\n"
        "            self.content.append(piece)\n",
    ),
    Unusual(
        "changes the state after it has made the request",
        old="        self.state = State.RESPONSE\n" + TAKEN,
        new='        request = self.request._replace(content=b"".join(self.content))\n'
        "        self.state = State.RESPONSE\n        return request\n",
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
        "asks one thing after the other",
        old=INTERIM,
        new="""        if self.state is not State.CONTENT:
            return b""
        if not self.owes_continue or self.buffer or b"".join(self.content):
            return b""
        self.owes_continue = False
""",
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
        "changes the state in an if",
        old=RESPOND,
        new="        pieces = serialize(response, request, persists=persists)\n"
        "        self.state, self.request = State.CLOSED, None\n"
        "        if persists:\n            self.state = State.HEAD\n"
        "        return pieces\n",
    ),
    Unusual(
        "calls the handler in one line and responds in the next",
        old=ANSWER,
        new="    try:\n        response = handler(request)\n        return http.respond(response)\n"
        "    except Exception:\n",
    ),
    Unusual(
        "feeds in the condition of the loop",
        old="        request = http.feed(data)\n" + REPLIES,
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
        "closes the generator by hand",
        old=RECEIVING,
        new="""        while http.goes_on:
            data = receiver.receive()
            if not data:
                break
            pieces = outgoing(http, handler, data)
            try:
                for piece in pieces:
                    send(conn, piece)
            finally:
                pieces.close()
""",
    ),
    Unusual(
        "sends what is not empty",
        old=SENDING,
        new="                for piece in pieces:\n                    if piece:\n"
        "                        send(conn, piece)\n",
    ),
    Unusual(
        "finishes in an else",
        old=BROKEN,
        new="    except BaseException:\n        abort(conn)\n        raise\n"
        "    else:\n        finish(conn, http)\n",
    ),
)
