"""Wrong answers to chapter 12 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

GET_FIELD = '    connection = request.headers.get("connection") or ""\n'
TOKENS = """    tokens = set(list_members(connection.lower()))
    return "close" not in tokens and (request.version >= (1, 1) or "keep-alive" in tokens)
"""
VERSIONS = (
    '    return "close" not in tokens and (request.version >= (1, 1) or "keep-alive" in tokens)\n'
)
DECODE = "        self.content.append(self.decoder.decode(self.buffer))\n"
IS_DONE = """        if not self.decoder.done:
            return None
"""
NOW_RESPONSE = "        self.state = State.RESPONSE\n"
TAKEN = """        return self.request.with_content(b"".join(self.content))
"""
KEEP = """        if self.state is not State.CLOSED:
            self.buffer += data
"""
FEED = """        try:
            if self.state is State.HEAD:
                self.take_head()
            if self.state is State.CONTENT:
                return self.take_content()
        except HttpError:
            self.state = State.CLOSED
            raise
        return None
"""
WAITS = """        if request is None or self.state is not State.RESPONSE:
            raise RuntimeError("no request waits for a response")
"""
HAS_END = "        has_end = isinstance(response.content, bytes) or response.length is not None\n"
PERSISTS = "        persists = is_persistent(request) and (has_end or request.version >= (1, 1))\n"
RESPOND = """        pieces = serialize(response, request, persists)
        self.request = None
        self.state = State.HEAD if persists else State.CLOSED
        return pieces
"""
FIRST = "        request = http.feed(data)\n"
REPLIES = """        while request:
            yield answer(http, handler, request)
            request = http.feed(b"")
"""
CONTINUE = """        if interim := http.interim():
            yield [interim]
"""
REFUSAL = """    except HttpError as error:
        yield [http.refuse(error)]
"""
RECEIVER = "    receiver = Receiver(conn, http, idle or Idle())\n"
RECEIVING = """        while http.goes_on and (data := receiver.receive()):
            send_each(conn, outgoing(http, handler, data))
"""
SENDING = "            send_each(conn, outgoing(http, handler, data))\n"
BROKEN = """    except Exception:
        abort(conn)
        raise
    finish(conn, http)
"""

MISTAKES = (
    Mistake(
        "M82",
        "closes unless keep-alive is asked for",
        "test_connection_persists_by_default",
        old=VERSIONS,
        new='    return "close" not in tokens and "keep-alive" in tokens\n',
    ),
    Mistake(
        "",
        "closes after a request with content",
        "test_connection_persists_by_default",
        old=VERSIONS,
        new="    if request.content:\n        return False\n" + VERSIONS,
    ),
    Mistake(
        "",
        "takes a field Keep-Alive for the token",
        "test_connection_persists_by_default",
        old=VERSIONS,
        new='    tokens |= {"keep-alive"} if "keep-alive" in request.headers else set()\n'
        + VERSIONS,
    ),
    Mistake(
        "",
        "reads Proxy-Connection as well",
        "test_connection_persists_by_default",
        old=GET_FIELD,
        new=GET_FIELD + '    connection += "," + (request.headers.get("proxy-connection") or "")\n',
    ),
    Mistake(
        "",
        "expects the field Connection in every request",
        "test_connection_persists_by_default",
        old=GET_FIELD,
        new='    connection = request.headers.get("connection")\n',
    ),
    Mistake(
        "",
        "looks for a word in a field that is not there",
        "test_connection_persists_by_default",
        old=GET_FIELD + TOKENS,
        new='    tokens = request.headers.get("connection")\n' + VERSIONS,
    ),
    Mistake(
        "",
        "goes on in HTTP/1.0 unless close is said",
        "test_connection_persists_by_default",
        old=VERSIONS,
        new='    return "close" not in tokens\n',
    ),
    Mistake(
        "X80",
        "compares the whole value",
        "test_connection_is_a_list_of_tokens",
        old=TOKENS,
        new="    tokens = {connection.lower()}\n" + VERSIONS,
    ),
    Mistake(
        "",
        "looks for the word anywhere in the value",
        "test_connection_is_a_list_of_tokens",
        old=TOKENS,
        new="    tokens = connection.lower()\n" + VERSIONS,
    ),
    Mistake(
        "",
        "compares tokens with their case",
        "test_connection_is_a_list_of_tokens",
        old=TOKENS,
        new=TOKENS.replace(".lower()", ""),
    ),
    Mistake(
        "",
        "strips every kind of blank",
        "test_connection_is_a_list_of_tokens",
        old=TOKENS,
        new="    tokens = {token.strip().lower() for token in list_members(connection)}\n"
        + VERSIONS,
    ),
    Mistake(
        "",
        "closes for Upgrade as well",
        "test_connection_is_a_list_of_tokens",
        old=VERSIONS,
        new=VERSIONS.replace('"close" not in tokens', 'not tokens & {"close", "upgrade"}'),
    ),
    Mistake(
        "",
        "reads the last line of Connection only",
        "test_connection_is_a_list_of_tokens",
        old=GET_FIELD,
        new='    connection = (request.headers.get_all("connection") or [""])[-1]\n',
    ),
    Mistake(
        "",
        "looks for keep-alive only in HTTP/1.0",
        "test_connection_is_a_list_of_tokens",
        old=VERSIONS,
        new='    if request.version >= (1, 1):\n        return "close" not in tokens\n'
        '    return "keep-alive" in tokens\n',
    ),
    Mistake(
        "",
        "goes on in HTTP/1.0 after any other token",
        "test_connection_is_a_list_of_tokens",
        old=VERSIONS,
        new='    return "close" not in tokens and (request.version >= (1, 1) or bool(tokens))\n',
    ),
    Mistake(
        "",
        "believes keep-alive before it believes close",
        "test_connection_is_a_list_of_tokens",
        old=VERSIONS,
        new='    is_new = request.version >= (1, 1) and "close" not in tokens\n'
        '    return "keep-alive" in tokens or is_new\n',
    ),
    Mistake(
        "X80",
        "splits at commas, and leaves the blanks",
        "test_connection_is_a_list_of_tokens",
        old=TOKENS,
        new='    tokens = connection.lower().split(",")\n' + VERSIONS,
    ),
    Mistake(
        "M68",
        "gives a request when its head is complete",
        "test_content_comes_in_any_pieces",
        old=IS_DONE,
        new="",
    ),
    Mistake(
        "",
        "forgets the first piece of the content",
        "test_content_comes_in_any_pieces",
        old=DECODE,
        new="        self.content = [self.decoder.decode(self.buffer)]\n",
    ),
    Mistake(
        "M74",
        "reads content only after POST and PUT",
        "test_content_comes_in_any_pieces",
        old=DECODE,
        new='        if self.request.method in ("GET", "HEAD"):\n'
        "            self.state = State.RESPONSE\n            return self.request\n" + DECODE,
    ),
    Mistake(
        "",
        "puts the trailers among the headers",
        "test_content_comes_in_any_pieces",
        old=TAKEN,
        new='        trailers = getattr(self.decoder, "trailers", ())\n'
        "        headers = Headers([*self.request.headers, *trailers])\n"
        '        return self.request._replace(content=b"".join(self.content), headers=headers)\n',
    ),
    Mistake(
        "",
        "takes all of the buffer for content",
        "test_content_comes_in_any_pieces",
        old=DECODE,
        new=DECODE + "        self.buffer.clear()\n",
    ),
    Mistake(
        "",
        "decodes a copy of the buffer",
        "test_content_comes_in_any_pieces",
        old=DECODE,
        new="        self.content.append(self.decoder.decode(bytearray(self.buffer)))\n",
    ),
    Mistake(
        "",
        "awaits a response while content is missing",
        "test_content_comes_in_any_pieces",
        old=DECODE + IS_DONE + NOW_RESPONSE,
        new=DECODE + NOW_RESPONSE + IS_DONE,
    ),
    Mistake(
        "",
        "asks whether it is done before it decodes",
        "test_content_comes_in_any_pieces",
        old=DECODE + IS_DONE,
        new=IS_DONE + DECODE,
    ),
    Mistake(
        "",
        "waits for content before every response",
        "test_content_comes_in_any_pieces",
        old=IS_DONE,
        new="        if not self.decoder.done or not any(self.content):\n            return None\n",
    ),
    Mistake(
        "",
        "returns the content instead of the request",
        "test_content_comes_in_any_pieces",
        old=TAKEN,
        new='        return b"".join(self.content)\n',
    ),
    Mistake(
        "",
        "makes a request without fields",
        "test_content_comes_in_any_pieces",
        old=TAKEN,
        new="        method, target, version = self.request[:3]\n"
        '        return Request(method, target, version, Headers(), b"".join(self.content))\n',
    ),
    Mistake(
        "",
        "joins the pieces in the wrong order",
        "test_content_comes_in_any_pieces",
        old=DECODE,
        new="        self.content.insert(0, self.decoder.decode(self.buffer))\n",
    ),
    Mistake(
        "",
        "returns the request without its content",
        "test_content_comes_in_any_pieces",
        old=TAKEN,
        new="        return self.request\n",
    ),
    Mistake(
        "",
        "returns only the last piece of the content",
        "test_content_comes_in_any_pieces",
        old=TAKEN,
        new="        return self.request.with_content(self.content[-1])\n",
    ),
    Mistake(
        "",
        "strips the content",
        "test_content_comes_in_any_pieces",
        old=TAKEN,
        new=TAKEN.replace("self.content))", "self.content).strip())"),
    ),
    Mistake(
        "",
        "skips empty lines after the content",
        "test_content_comes_in_any_pieces",
        old=IS_DONE,
        new=IS_DONE
        + '        while self.buffer[:2] == b"\\r\\n":\n            del self.buffer[:2]\n',
    ),
    Mistake(
        "M74",
        "reads no content after HEAD",
        "test_content_comes_in_any_pieces",
        old=DECODE,
        new='        if self.request.method == "HEAD":\n'
        "            self.state = State.RESPONSE\n            return self.request\n" + DECODE,
    ),
    Mistake(
        "",
        "reads no content in HTTP/1.0",
        "test_content_comes_in_any_pieces",
        old=DECODE,
        new="        if self.request.version < (1, 1):\n"
        "            self.state = State.RESPONSE\n            return self.request\n" + DECODE,
    ),
    Mistake(
        "",
        "raises an error of its own for wrong content",
        "test_content_comes_in_any_pieces",
        old=DECODE,
        new="        try:\n    " + DECODE + "        except HttpError as error:\n"
        '            raise HttpError(error.status, "wrong content", "") from None\n',
    ),
    Mistake(
        "",
        "gives the list of pieces, not the content",
        "test_content_comes_in_any_pieces",
        old=TAKEN,
        new="        return self.request.with_content(self.content)\n",
    ),
    Mistake(
        "",
        "throws away the request with its content",
        "test_content_comes_in_any_pieces",
        old=TAKEN,
        new='        self.request.with_content(b"".join(self.content))\n'
        "        return self.request\n",
    ),
    Mistake(
        "",
        "forgets to return the request",
        "test_content_comes_in_any_pieces",
        old=TAKEN,
        new=TAKEN.replace("return ", ""),
    ),
    Mistake(
        "",
        "forgets the request before it is answered",
        "test_content_comes_in_any_pieces",
        old=TAKEN,
        new="        request, self.request = self.request, None\n"
        + TAKEN.replace("self.request", "request"),
    ),
    Mistake(
        "",
        "catches the decoder's error",
        "test_content_comes_in_any_pieces",
        old=DECODE,
        new="        try:\n    " + DECODE + "        except HttpError:\n            return None\n",
    ),
    Mistake(
        "",
        "looks at the content only in the next call",
        "test_request_comes_in_any_pieces",
        old=FEED,
        new=FEED.replace(
            "            if self.state is State.CONTENT",
            "            elif self.state is State.CONTENT",
        ),
    ),
    Mistake(
        "",
        "does not add an empty piece, and does nothing else",
        "test_request_comes_in_any_pieces",
        old=KEEP,
        new="        if not data:\n            return None\n" + KEEP,
    ),
    Mistake(
        "M74",
        "gives a GET when its head is there",
        "test_request_comes_in_any_pieces",
        old=FEED,
        new=FEED.replace(
            "                self.take_head()\n",
            "                self.take_head()\n"
            '            if self.request and self.request.method == "GET":\n'
            "                self.state = State.RESPONSE\n"
            "                return self.request\n",
        ),
    ),
    Mistake(
        "",
        "replaces the buffer by what has arrived",
        "test_request_comes_in_any_pieces",
        old=KEEP,
        new=KEEP.replace("self.buffer += data", "self.buffer = bytearray(data)"),
    ),
    Mistake(
        "M83",
        "gives the next request before the response",
        "test_one_request_is_given_at_a_time",
        old=FEED,
        new=FEED.replace("self.state is State.HEAD", "self.state in (State.HEAD, State.RESPONSE)"),
    ),
    Mistake(
        "M83",
        "keeps only so much while a response is awaited",
        "test_one_request_is_given_at_a_time",
        old=KEEP,
        new="        is_full = self.state is State.RESPONSE and len(self.buffer) > 65536\n"
        "        if self.state is not State.CLOSED and not is_full:\n"
        "            self.buffer += data\n",
    ),
    Mistake(
        "M83",
        "drops empty lines while a response is awaited",
        "test_one_request_is_given_at_a_time",
        old=KEEP,
        new="        if self.state is State.RESPONSE:\n"
        '            data = data.lstrip(b"\\r\\n")\n' + KEEP,
    ),
    Mistake(
        "",
        "gives the same request again",
        "test_one_request_is_given_at_a_time",
        old=FEED,
        new=FEED.replace("        return None\n", "        return self.request\n"),
    ),
    Mistake(
        "M83",
        "drops what arrives while a response is awaited",
        "test_one_request_is_given_at_a_time",
        old=KEEP,
        new=KEEP.replace("is not State.CLOSED", "in (State.HEAD, State.CONTENT, State.UPGRADED)"),
    ),
    Mistake(
        "X791",
        "drops what follows an upgrade",
        "test_one_request_is_given_at_a_time",
        old=KEEP,
        new=KEEP.replace("is not State.CLOSED", "not in (State.CLOSED, State.UPGRADED)"),
    ),
    Mistake(
        "X791",
        "looks for a request after an upgrade",
        "test_one_request_is_given_at_a_time",
        old=FEED,
        new=FEED.replace("self.state is State.HEAD", "self.state in (State.HEAD, State.UPGRADED)"),
    ),
    Mistake(
        "X87",
        "goes on after a request that was refused",
        "test_refused_request_is_the_end",
        old=FEED,
        new=FEED.replace("State.CLOSED", "State.HEAD"),
    ),
    Mistake(
        "X87",
        "does not note that a request was refused",
        "test_refused_request_is_the_end",
        old=FEED,
        new=FEED.replace("            self.state = State.CLOSED\n", ""),
    ),
    Mistake(
        "",
        "notes a head that was refused, but not content",
        "test_refused_request_is_the_end",
        old=FEED,
        new="""        try:
            if self.state is State.HEAD:
                self.take_head()
        except HttpError:
            self.state = State.CLOSED
            raise
        if self.state is State.CONTENT:
            return self.take_content()
        return None
""",
    ),
    Mistake(
        "",
        "closes, and keeps the error to itself",
        "test_refused_request_is_the_end",
        old=FEED,
        new=FEED.replace("            raise\n", ""),
    ),
    Mistake(
        "",
        "raises an error of its own",
        "test_refused_request_is_the_end",
        old=FEED,
        new=FEED.replace(
            "            raise\n", '            raise HttpError(400, "refused", "")\n'
        ),
    ),
    Mistake(
        "",
        "raises another error with the same status",
        "test_refused_request_is_the_end",
        old=FEED,
        new=FEED.replace("except HttpError:", "except HttpError as error:").replace(
            "            raise\n",
            '            raise HttpError(error.status, "refused", "") from error\n',
        ),
    ),
    Mistake(
        "",
        "raises an error of its own if the content is refused",
        "test_refused_request_is_the_end",
        old=FEED,
        new=FEED.replace(
            "                return self.take_content()",
            "                try:\n                    return self.take_content()\n"
            "                except HttpError as error:\n"
            '                    raise HttpError(error.status, "wrong content", "") from None',
        ),
    ),
    Mistake(
        "",
        "throws away the content that it refuses",
        "test_refused_request_is_the_end",
        old=FEED,
        new=FEED.replace(
            "            raise\n", "            self.content = []\n            raise\n"
        ),
    ),
    Mistake(
        "",
        "forgets the request that it refuses",
        "test_refused_request_is_the_end",
        old=FEED,
        new=FEED.replace(
            "            raise\n", "            self.request = None\n            raise\n"
        ),
    ),
    Mistake(
        "",
        "empties the buffer when it refuses",
        "test_refused_request_is_the_end",
        old=FEED,
        new=FEED.replace(
            "            raise\n", "            self.buffer.clear()\n            raise\n"
        ),
    ),
    Mistake(
        "",
        "keeps what comes after a refusal",
        "test_refused_request_is_the_end",
        old=KEEP,
        new="        self.buffer += data\n",
    ),
    Mistake(
        "M83",
        "empties the buffer after a response",
        "test_next_request_follows_the_response",
        old=RESPOND,
        new=RESPOND.replace("        return", "        self.buffer.clear()\n        return"),
    ),
    Mistake(
        "",
        "does not forget the request that it has answered",
        "test_next_request_follows_the_response",
        old=RESPOND,
        new=RESPOND.replace("        self.request = None\n", ""),
    ),
    Mistake(
        "M82",
        "says close, and goes on, in every response",
        "test_next_request_follows_the_response",
        old=RESPOND,
        new=RESPOND.replace("request, persists)", "request, False)"),
    ),
    Mistake(
        "",
        "waits for content after a response",
        "test_next_request_follows_the_response",
        old=RESPOND,
        new=RESPOND.replace("State.HEAD", "State.CONTENT"),
    ),
    Mistake(
        "X82",
        "takes the pieces of the content",
        "test_next_request_follows_the_response",
        old=RESPOND,
        new=RESPOND.replace("return pieces", "return list(pieces)"),
    ),
    Mistake(
        "",
        "never closes",
        "test_connection_ends_where_it_must",
        old=PERSISTS,
        new="        persists = has_end or True\n",
    ),
    Mistake(
        "M79",
        "closes, and does not say so",
        "test_connection_ends_where_it_must",
        old=RESPOND,
        new=RESPOND.replace("request, persists)", "request, True)"),
    ),
    Mistake(
        "M78",
        "keeps a connection that has to end an old client's response",
        "test_connection_ends_where_it_must",
        old=PERSISTS,
        new="        persists = is_persistent(request) or (has_end and False)\n",
    ),
    Mistake(
        "",
        "closes after pieces of unknown length, whatever the version",
        "test_connection_ends_where_it_must",
        old=PERSISTS,
        new="        persists = is_persistent(request) and has_end\n",
    ),
    Mistake(
        "",
        "closes after 400 and 413",
        "test_connection_ends_where_it_must",
        old=PERSISTS,
        new=PERSISTS + "        persists = persists and response.status not in (400, 413)\n",
    ),
    Mistake(
        "M78",
        "takes one piece for content of known length",
        "test_connection_ends_where_it_must",
        old=HAS_END,
        new=HAS_END
        + "        pieces = response.content\n"
        + "        has_end = has_end or (isinstance(pieces, list) and len(pieces) == 1)\n",
    ),
    Mistake(
        "M78",
        "takes no pieces for content of known length",
        "test_connection_ends_where_it_must",
        old=HAS_END,
        new=HAS_END + "        has_end = has_end or not response.content\n",
    ),
    Mistake(
        "M78",
        "takes a tuple of pieces for content of known length",
        "test_connection_ends_where_it_must",
        old=HAS_END,
        new=HAS_END.replace("bytes)", "bytes | tuple)"),
    ),
    Mistake(
        "",
        "closes after every error",
        "test_connection_ends_where_it_must",
        old=PERSISTS,
        new=PERSISTS + "        persists = persists and response.status < 400\n",
    ),
    Mistake(
        "",
        "does not look at the response's length",
        "test_connection_ends_where_it_must",
        old=HAS_END,
        new="        has_end = isinstance(response.content, bytes)\n",
    ),
    Mistake(
        "",
        "takes the length 0 for none",
        "test_connection_ends_where_it_must",
        old=HAS_END,
        new=HAS_END.replace("response.length is not None", "bool(response.length)"),
    ),
    Mistake(
        "",
        "takes empty content for content of unknown length",
        "test_connection_ends_where_it_must",
        old=HAS_END,
        new=HAS_END.replace(
            "isinstance(response.content, bytes)", "bool(response.content)"
        ).replace(
            "        has_end",
            "        is_known = isinstance(response.content, bytes)\n        has_end",
        )
        + "        has_end = has_end and (is_known or response.length is not None)\n",
    ),
    Mistake(
        "X87",
        "says close, and goes on",
        "test_connection_ends_where_it_must",
        old=RESPOND,
        new=RESPOND.replace(" if persists else State.CLOSED", ""),
    ),
    Mistake(
        "X431",
        "counts a response that was refused as sent",
        "test_refused_response_can_be_replaced",
        old=RESPOND,
        new="        self.state = State.HEAD if persists else State.CLOSED\n"
        "        pieces = serialize(response, request, persists)\n"
        "        self.request = None\n"
        "        return pieces\n",
    ),
    Mistake(
        "",
        "forgets the request before the response is serialized",
        "test_refused_response_can_be_replaced",
        old=RESPOND,
        new="        self.request = None\n" + RESPOND.replace("        self.request = None\n", ""),
    ),
    Mistake(
        "",
        "makes a 500 of a response that cannot be sent",
        "test_refused_response_can_be_replaced",
        old=RESPOND,
        new="        try:\n    "
        + RESPOND.replace(
            "        self.request",
            "        except ValueError:\n"
            '            pieces = serialize(Response(b"", 500), request, persists)\n'
            "        self.request",
        ),
    ),
    Mistake(
        "X86",
        "yields the pieces",
        "test_next_request_follows_the_response",
        old=RESPOND,
        new=RESPOND.replace("return pieces", "yield from pieces"),
    ),
    Mistake(
        "X86",
        "changes the state when the bytes are taken",
        "test_next_request_follows_the_response",
        old=RESPOND,
        new="        pieces = serialize(response, request, persists)\n\n"
        "        def taken() -> Iterator[bytes]:\n"
        "            self.request = None\n"
        "            self.state = State.HEAD if persists else State.CLOSED\n"
        "            yield from pieces\n\n"
        "        return taken()\n",
    ),
    Mistake(
        "X431",
        "restores the state after a ValueError only",
        "test_refused_response_can_be_replaced",
        old=RESPOND,
        new="""        self.request = None
        self.state = State.HEAD if persists else State.CLOSED
        try:
            pieces = serialize(response, request, persists)
        except ValueError:
            self.state, self.request = State.RESPONSE, request
            raise
        return pieces
""",
    ),
    Mistake(
        "X431",
        "closes if the content fails before its first piece",
        "test_refused_response_can_be_replaced",
        old=RESPOND,
        new=RESPOND.replace(
            "        pieces = serialize(response, request, persists)\n",
            "        try:\n"
            "            pieces = serialize(response, request, persists)\n"
            "        except (ValueError, TypeError):\n            raise\n"
            "        except Exception:\n"
            "            self.state = State.CLOSED\n            raise\n",
        ),
    ),
    Mistake(
        "",
        "responds to a request that was refused",
        "test_refused_response_can_be_replaced",
        old=WAITS,
        new="        if request is None or self.state in (State.HEAD, State.CONTENT):\n"
        '            raise RuntimeError("no request waits for a response")\n',
    ),
    Mistake(
        "",
        "responds after an upgrade",
        "test_refused_response_can_be_replaced",
        old=WAITS,
        new="        if self.state is State.UPGRADED:\n            return []\n" + WAITS,
    ),
    Mistake(
        "",
        "responds although nobody has asked",
        "test_refused_response_can_be_replaced",
        old=WAITS,
        new='        request = request or Request("GET", "/", (1, 1), Headers())\n',
    ),
    Mistake(
        "",
        "responds before all of the content has come",
        "test_refused_response_can_be_replaced",
        old=WAITS,
        new=WAITS.replace(" or self.state is not State.RESPONSE", ""),
    ),
    Mistake(
        "M83",
        "answers one request for each piece that arrives",
        "test_next_request_waits_for_the_response",
        old=REPLIES,
        new="        if request:\n            yield answer(http, handler, request)\n",
    ),
    Mistake(
        "",
        "answers two requests at most",
        "test_next_request_waits_for_the_response",
        old=REPLIES,
        new="        for _ in range(2):\n            if request:\n"
        "                yield answer(http, handler, request)\n"
        '                request = http.feed(b"")\n',
    ),
    Mistake(
        "X341",
        "feeds the same data again",
        "test_next_request_waits_for_the_response",
        old=REPLIES,
        new=REPLIES.replace('feed(b"")', "feed(data)"),
    ),
    Mistake(
        "X430",
        "collects all replies, then yields them",
        "test_next_request_waits_for_the_response",
        edits=(
            Edit(old=FIRST, new="        request, all = http.feed(data), []\n"),
            Edit(
                old=REPLIES,
                new=REPLIES.replace("yield answer(", "all.append(answer(").replace(
                    "request)\n", "request))\n", 1
                )
                + "        yield from all\n",
            ),
        ),
    ),
    Mistake(
        "",
        "looks for the next request before it yields the reply",
        "test_next_request_waits_for_the_response",
        old=REPLIES,
        new=REPLIES.replace("yield answer", "reply = answer") + "            yield reply\n",
    ),
    Mistake(
        "",
        "looks for the next request early, and keeps its error",
        "test_next_request_waits_for_the_response",
        old=REPLIES,
        new="""        while request:
            reply, refused = answer(http, handler, request), None
            try:
                request = http.feed(b"")
            except HttpError as error:
                refused = error
            yield reply
            if refused:
                raise refused
""",
    ),
    Mistake(
        "X82",
        "takes the pieces of a response before it yields them",
        "test_next_request_waits_for_the_response",
        old=REPLIES,
        new=REPLIES.replace(
            "yield answer(http, handler, request)", "yield list(answer(http, handler, request))"
        ),
    ),
    Mistake(
        "",
        "catches whatever is raised, GeneratorExit included",
        "test_next_request_waits_for_the_response",
        old=REFUSAL,
        new=REFUSAL.replace("HttpError as", "BaseException as").replace(
            "http.refuse(error)", "http.refuse(HttpError(400, repr(error), '-'))"
        ),
    ),
    Mistake(
        "",
        "ends after a handler that has failed",
        "test_next_request_waits_for_the_response",
        old=REPLIES,
        new=REPLIES.replace(
            "yield answer(http, handler, request)", "reply = answer(http, handler, request)"
        ).replace(
            "            request =",
            '            yield reply\n            if b" 500 " in getattr(reply, "first", b""):\n'
            "                return\n            request =",
        ),
    ),
    Mistake(
        "",
        "calls the handler itself",
        "test_next_request_waits_for_the_response",
        old=REPLIES,
        new=REPLIES.replace("answer(http, handler, request)", "http.respond(handler(request))"),
    ),
    Mistake(
        "",
        "yields the pieces one by one",
        "test_next_request_waits_for_the_response",
        old=REPLIES,
        new=REPLIES.replace("yield answer", "yield from answer"),
    ),
    Mistake(
        "",
        "yields the bytes of a refusal, not a list of them",
        "test_refusal_comes_after_the_answers",
        old=REFUSAL,
        new=REFUSAL.replace("[http.refuse(error)]", "http.refuse(error)"),
    ),
    Mistake(
        "",
        "writes a refusal of its own",
        "test_refusal_comes_after_the_answers",
        old=REFUSAL,
        new=REFUSAL.replace(
            "[http.refuse(error)]",
            '[b"HTTP/1.1 %d Refused\\r\\n" % error.status'
            ' + b"Connection: close\\r\\nContent-Length: 0\\r\\n\\r\\n"]',
        ),
    ),
    Mistake(
        "",
        "writes 100 Continue without the empty line",
        "test_refusal_comes_after_the_answers",
        old=CONTINUE,
        new=CONTINUE.replace("[interim]", '[b"HTTP/1.1 100 Continue\\r\\n"]'),
    ),
    Mistake(
        "",
        "calls itself for the next request",
        "test_refusal_comes_after_the_answers",
        old=REPLIES,
        new="        if request:\n"
        "            yield answer(http, handler, request)\n"
        '            yield from replies(http, handler, b"")\n'
        "            return\n",
    ),
    Mistake(
        "",
        "yields 100 Continue, or nothing, as a reply",
        "test_refusal_comes_after_the_answers",
        old=CONTINUE,
        new="        yield [http.interim()]\n",
    ),
    Mistake(
        "",
        "says 100 Continue before the answers",
        "test_refusal_comes_after_the_answers",
        old=REPLIES + CONTINUE,
        new=CONTINUE + REPLIES,
    ),
    Mistake(
        "M75",
        "never asks whether 100 Continue is due",
        "test_refusal_comes_after_the_answers",
        old=CONTINUE,
        new="",
    ),
    Mistake(
        "",
        "asks for 100 Continue only if there was no request",
        "test_refusal_comes_after_the_answers",
        old=FIRST + REPLIES + CONTINUE,
        new=FIRST
        + "        if not request and (interim := http.interim()):\n            yield [interim]\n"
        + REPLIES,
    ),
    Mistake(
        "",
        "expects an error of the first feed() only",
        "test_refusal_comes_after_the_answers",
        old=FIRST + REPLIES + CONTINUE + REFUSAL,
        new=FIRST
        + REFUSAL
        + "        return\n"
        + REPLIES.replace("        ", "    ", 1).replace("\n    ", "\n")
        + CONTINUE.replace("        ", "    ", 1).replace("\n    ", "\n"),
    ),
    Mistake(
        "X503",
        "closes, and says nothing",
        "test_refusal_comes_after_the_answers",
        old=REFUSAL,
        new="    except HttpError:\n        return\n",
    ),
    Mistake(
        "X344",
        "takes a client's end in the middle of content for an error",
        "test_one_connection_serves_many_requests",
        old=BROKEN,
        new="        if http.state is State.CONTENT:\n"
        '            raise ConnectionError("the content is not complete")\n' + BROKEN,
    ),
    Mistake(
        "",
        "returns from the loop when the client has finished",
        "test_one_connection_serves_many_requests",
        old=RECEIVING,
        new="""        while http.goes_on:
            data = receiver.receive()
            if not data:
                return
            send_each(conn, outgoing(http, handler, data))
""",
    ),
    Mistake(
        "M82",
        "closes after each response",
        "test_one_connection_serves_many_requests",
        old=RECEIVING,
        new=RECEIVING.replace("while http", "if http"),
    ),
    Mistake(
        "",
        "does not close",
        "test_one_connection_serves_many_requests",
        old="    finish(conn, http)\n\n\ndef outgoing",
        new="\n\ndef outgoing",
    ),
    Mistake(
        "",
        "forgets that the connection is secured",
        "test_one_connection_serves_many_requests",
        old="HttpConnection(secured=secured)\n    receiver",
        new="HttpConnection()\n    receiver",
    ),
    Mistake(
        "",
        "takes every connection for a secured one",
        "test_one_connection_serves_many_requests",
        old="HttpConnection(secured=secured)\n    receiver",
        new="HttpConnection(secured=True)\n    receiver",
    ),
    Mistake(
        "X432",
        "waits for more after the last response",
        "test_last_response_ends_the_connection",
        old=RECEIVING,
        new=RECEIVING.replace("http.goes_on and ", ""),
    ),
    Mistake(
        "",
        "goes on receiving after an upgrade",
        "test_upgraded_connection_is_handed_over",
        old=RECEIVING,
        new=RECEIVING.replace("http.goes_on", "http.state is not State.CLOSED"),
    ),
    Mistake(
        "M112",
        "waits as long as the client likes",
        "test_silent_client_is_let_go",
        old="(data := receiver.receive())",
        new="(data := conn.recv(CHUNK))",
    ),
    Mistake(
        "",
        "makes an Idle for each connection",
        "test_silent_client_is_let_go",
        old=RECEIVER,
        new="    receiver = Receiver(conn, http, Idle())\n",
    ),
    Mistake(
        "",
        "makes a Receiver for each piece",
        "test_silent_client_is_let_go",
        edits=(
            Edit(old=RECEIVER, new=""),
            Edit(
                old="(data := receiver.receive())",
                new="(data := Receiver(conn, http, idle or Idle()).receive())",
            ),
        ),
    ),
    Mistake(
        "",
        "gives the Receiver a machine of its own",
        "test_silent_client_is_let_go",
        old=RECEIVER,
        new="    receiver = Receiver(conn, HttpConnection(), idle or Idle())\n",
    ),
    Mistake(
        "M76",
        "closes at once",
        "test_refused_client_reads_why",
        old=BROKEN,
        new=BROKEN.replace("finish(conn, http)", "conn.close()"),
    ),
    Mistake(
        "",
        "resets the connection when the last answer is sent",
        "test_one_connection_serves_many_requests",
        old=BROKEN,
        new=BROKEN.replace("finish(conn, http)", "abort(conn)"),
    ),
    Mistake(
        "X89",
        "closes as usual when a response breaks off",
        "test_part_is_not_taken_for_the_whole",
        old=BROKEN,
        new=BROKEN.replace("abort(conn)", "finish(conn, http)"),
    ),
    Mistake(
        "",
        "expects only the connection to break, not the content",
        "test_part_is_not_taken_for_the_whole",
        old=BROKEN,
        new=BROKEN.replace("except Exception", "except OSError"),
    ),
    Mistake(
        "",
        "expects three kinds of errors only",
        "test_part_is_not_taken_for_the_whole",
        old=BROKEN,
        new=BROKEN.replace("except Exception", "except (OSError, RuntimeError, HttpError)"),
    ),
    Mistake(
        "",
        "takes every timeout for a silent client",
        "test_part_is_not_taken_for_the_whole",
        old=BROKEN,
        new="    except TimeoutError:\n        pass\n" + BROKEN,
    ),
    Mistake(
        "",
        "refuses a request whose answer is on its way",
        "test_part_is_not_taken_for_the_whole",
        old=BROKEN,
        new="    except HttpError as error:\n        conn.sendall(http.refuse(error))\n" + BROKEN,
    ),
    Mistake(
        "",
        "resets the connection, and raises nothing",
        "test_part_is_not_taken_for_the_whole",
        old=BROKEN,
        new="    except ConnectionError:\n        abort(conn)\n        raise\n"
        "    except Exception:\n        abort(conn)\n        return\n    finish(conn, http)\n",
    ),
    Mistake(
        "M35",
        "leaves a connection open that the client has broken",
        "test_client_may_be_gone",
        old=BROKEN,
        new="    except ConnectionError:\n        raise\n" + BROKEN,
    ),
    Mistake(
        "X16",
        "takes a broken connection for one that was served",
        "test_client_may_be_gone",
        old=BROKEN,
        new="    except ConnectionError:\n        pass\n" + BROKEN,
    ),
    Mistake(
        "X82",
        "joins the pieces before it sends",
        "test_pieces_go_out_one_by_one",
        old=SENDING,
        new='            send(conn, b"".join(outgoing(http, handler, data)))\n',
    ),
    Mistake(
        "X343",
        "sends by sendall(), with the timeout of receive()",
        "test_slow_reader_gets_it_all",
        old=SENDING,
        new="            for piece in outgoing(http, handler, data):\n"
        "                conn.sendall(piece)\n",
    ),
    Mistake(
        "X790",
        "leaves the handler's content open when the client goes",
        "test_stream_is_closed_when_the_client_goes",
        old=SENDING,
        new="            for piece in outgoing(http, handler, data):\n"
        "                send(conn, piece)\n",
    ),
    Mistake(
        "X790",
        "loops over the replies itself",
        "test_stream_is_closed_when_the_client_goes",
        old=SENDING,
        new="            for pieces in replies(http, handler, data):\n"
        "                for piece in pieces:\n"
        "                    send(conn, piece)\n",
    ),
    Mistake(
        "",
        "looks at a head when it has an empty line",
        "test_refused_request_is_the_end",
        old="            if self.state is State.HEAD:\n                self.take_head()\n",
        new='            if self.state is State.HEAD and b"\\r\\n\\r\\n" in self.buffer:\n'
        "                self.take_head()\n",
    ),
)
