"""Wrong answers to chapter 10 that its promises must catch."""

from course.mistakes import Mistake

LINE = '        lines.append(f"{name}: {value}")\n'
NAME_CHECK = """        if not name or name.lstrip(TOKEN):
            raise ValueError(f"a field's name is a token, not {name!r}")
"""
VALUE_CHECK = """    if head.translate(None, FIELD_VALUE) != b"\\r\\n" * (len(lines) - 1):
        raise ValueError("a field's value holds no control characters")
"""
HEAD_LIST = '    head = [("Date", http_date(int(time.time()))), *fields]\n'
OURS_CHECK = "    if any(name.lower() in OURS for name, _value in fields):\n"
LENGTH = '        head.append(("Content-Length", str(len(content))))\n'
NO_LENGTH = """    if status == 205:
        head.append(("Content-Length", "0"))
    elif status in NO_CONTENT:
        pass
    elif isinstance(content, bytes):
"""
IS_EMPTY = '    if request.method == "HEAD" or status in NO_CONTENT:\n        return [start]\n'
TOKENS = """    tokens = {token.strip(" \\t").lower() for token in connection.split(",")}
    return "close" not in tokens and (request.version >= (1, 1) or "keep-alive" in tokens)
"""
SERIALIZE = """    return _stream(start, content, is_chunked)


@lru_cache"""
STREAM = """    yield start
    for piece in content:
        if piece and is_chunked:  # an empty chunk would be the last
            yield b"%x\\r\\n%b\\r\\n" % (len(piece), piece)
        elif piece:
            yield piece
    if is_chunked:
        yield b"0\\r\\n\\r\\n"
"""
KEPT = """        if self.state in (State.RESPONSE, State.CLOSED):
            if self.state is State.RESPONSE:
                self._rest += data
            return None
"""
REFUSED = """        except HttpError:
            self.state = State.CLOSED
            raise
"""
CONNECT = """            if request.method == "CONNECT":
                raise HttpError(501, "no tunnels here", "RFC 9110 §9.3.6")
"""
INTERIM = """        if not self._owes_continue:
            return b""
        self._owes_continue = False
"""
RESPOND = """        pieces = serialize(response, self._request, persists)
        self.state = State.HEAD if persists else State.CLOSED
        return pieces
"""
ANSWER = """    try:
        return http.respond(app(request))
    except Exception:
"""
REPLIES = """        while request:
            yield answer(http, app, request)
            request = http.feed(b"")
"""
CONTINUE = """        if interim := http.interim():
            yield [interim]
"""
REFUSAL = """    except HttpError as error:
        yield [http.refuse(error)]
"""
RECEIVING = """        while http.state is not State.CLOSED and (data := _receive(conn)):
            for pieces in replies(http, app, data):
                for piece in pieces:
                    conn.sendall(piece)
"""
BROKEN = """    except Exception:
        abort(conn)
        raise
    close_gracefully(conn, PATIENCE)
"""

MISTAKES = (
    Mistake(
        "M57",
        "ends lines with LF",
        "test_head_is_lines",
        (
            (
                'return head + b"\\r\\n\\r\\n"',
                'return (head + b"\\r\\n\\r\\n").replace(b"\\r\\n", b"\\n")',
            ),
        ),
    ),
    Mistake(
        "M57",
        "forgets the empty line",
        "test_head_is_lines",
        (('return head + b"\\r\\n\\r\\n"', 'return head + b"\\r\\n"'),),
    ),
    Mistake(
        "M85",
        "makes the fields a dict",
        "test_head_is_lines",
        (("    for name, value in fields:\n", "    for name, value in dict(fields).items():\n"),),
    ),
    Mistake(
        "M84",
        "checks nothing",
        "test_field_injection_is_refused",
        ((NAME_CHECK, ""), (VALUE_CHECK, "")),
    ),
    Mistake(
        "M84",
        "looks for CR LF only, not for either alone",
        "test_field_injection_is_refused",
        (
            (
                VALUE_CHECK,
                '    if head.count(b"\\r\\n") != len(lines) - 1:\n        raise ValueError("CR LF")\n',
            ),
        ),
    ),
    Mistake(
        "M84",
        "checks values, but no names",
        "test_field_injection_is_refused",
        ((NAME_CHECK, ""),),
    ),
    Mistake(
        "M84",
        "takes control characters out, and sends the rest",
        "test_field_injection_is_refused",
        (
            (
                LINE,
                LINE.replace(
                    "{value}", "{''.join(c for c in value if c.isprintable() or c == chr(9))}"
                ),
            ),
        ),
    ),
    Mistake(
        "M82",
        "closes unless keep-alive is asked for",
        "test_connection_persists_by_default",
        (
            ("        return request.version >= (1, 1)\n", "        return False\n"),
            (TOKENS, '    return connection.lower() == "keep-alive"\n'),
        ),
    ),
    Mistake(
        "X80",
        "compares the whole value",
        "test_connection_is_a_list_of_tokens",
        (
            (
                TOKENS,
                '    option = connection.lower()\n    return option != "close" and (\n'
                '        request.version >= (1, 1) or option == "keep-alive"\n    )\n',
            ),
        ),
    ),
    Mistake(
        "X80",
        "looks for the word anywhere in the value",
        "test_connection_is_a_list_of_tokens",
        (
            (
                TOKENS,
                "    tokens = connection.lower()\n" + TOKENS.splitlines(keepends=True)[1],
            ),
        ),
    ),
    Mistake(
        "X80",
        "compares tokens with their case",
        "test_connection_is_a_list_of_tokens",
        ((TOKENS, TOKENS.replace(".lower()", "")),),
    ),
    Mistake(
        "M70",
        "counts characters",
        "test_length_counts_octets",
        ((LENGTH, LENGTH.replace("len(content)", 'len(content.decode(errors="replace"))')),),
    ),
    Mistake(
        "M86",
        "builds the response as text",
        "test_length_counts_octets",
        (
            (
                "        return [start + content]\n",
                '        return [(start.decode() + content.decode(errors="replace")).encode()]\n',
            ),
        ),
    ),
    Mistake(
        "M78",
        "leaves Content-Length out",
        "test_length_counts_octets",
        ((LENGTH, "        pass\n"),),
    ),
    Mistake(
        "M78",
        "leaves Content-Length out if there is no content",
        "test_length_counts_octets",
        (
            (
                LENGTH,
                f"        if content:\n    {LENGTH}",
            ),
        ),
    ),
    Mistake(
        "M115",
        "head and content as two pieces",
        "test_length_counts_octets",
        (("        return [start + content]\n", "        return [start, content]\n"),),
    ),
    Mistake(
        "M85",
        "the application's fields as a dict",
        "test_length_counts_octets",
        ((HEAD_LIST, HEAD_LIST.replace("*fields", "*dict(fields).items()")),),
    ),
    Mistake(
        "M79",
        "closes without saying so",
        "test_server_adds_its_own_fields",
        (('        head.append(("Connection", "close"))\n', "        pass\n"),),
    ),
    Mistake(
        "X84",
        "sends no Date",
        "test_server_adds_its_own_fields",
        ((HEAD_LIST, "    head = [*fields]\n"),),
    ),
    Mistake(
        "X84",
        "sends the local time, as Python prints it",
        "test_server_adds_its_own_fields",
        ((HEAD_LIST, HEAD_LIST.replace("http_date(int(time.time()))", "time.ctime()")),),
    ),
    Mistake(
        "M80",
        "answers HEAD as GET",
        "test_head_has_fields_and_no_content",
        (('request.method == "HEAD" or status in NO_CONTENT', "status in NO_CONTENT"),),
    ),
    Mistake(
        "M80",
        "says Content-Length 0 to HEAD",
        "test_head_has_fields_and_no_content",
        (
            (
                "    is_chunked = False\n    if status == 205:\n",
                '    is_chunked = False\n    if status == 205 or request.method == "HEAD":\n',
            ),
        ),
    ),
    Mistake(
        "M81",
        "sends content with 204",
        "test_some_statuses_have_no_content",
        (
            (NO_LENGTH, "    if isinstance(content, bytes):\n"),
            (IS_EMPTY, '    if request.method == "HEAD":\n        return [start]\n'),
        ),
    ),
    Mistake(
        "M81",
        "says Content-Length 0 with 204",
        "test_some_statuses_have_no_content",
        (("    if status == 205:\n", "    if status in NO_CONTENT:\n"),),
    ),
    Mistake(
        "M81",
        "does not say how long a 205 is",
        "test_some_statuses_have_no_content",
        ((NO_LENGTH, NO_LENGTH[NO_LENGTH.index("elif status") + 2 :].join(["    ", ""])),),
    ),
    Mistake(
        "M72",
        "chunk sizes in decimal",
        "test_pieces_are_sent_as_chunks",
        ((STREAM, STREAM.replace("%x", "%d")),),
    ),
    Mistake(
        "M72",
        "no CR LF behind the data of a chunk",
        "test_pieces_are_sent_as_chunks",
        ((STREAM, STREAM.replace('%b\\r\\n"', '%b"')),),
    ),
    Mistake(
        "M72",
        "no last chunk",
        "test_pieces_are_sent_as_chunks",
        ((STREAM, STREAM.replace('    if is_chunked:\n        yield b"0\\r\\n\\r\\n"\n', "")),),
    ),
    Mistake(
        "X81",
        "sends an empty piece as a chunk",
        "test_pieces_are_sent_as_chunks",
        ((STREAM, STREAM.replace("if piece and is_chunked:", "if is_chunked:")),),
    ),
    Mistake(
        "X82",
        "takes all pieces before the first is sent",
        "test_pieces_are_sent_as_chunks",
        ((STREAM, STREAM.replace("in content:", "in list(content):")),),
    ),
    Mistake(
        "X83",
        "sends chunks to everybody",
        "test_old_client_gets_no_chunks",
        (
            (
                '    elif request.version >= (1, 1):\n        head.append(("Transfer',
                '    else:\n        head.append(("Transfer',
            ),
        ),
    ),
    Mistake(
        "X85",
        "takes what the application says of its length",
        "test_what_cannot_be_sent_is_refused",
        ((OURS_CHECK, "    if False:\n"),),
    ),
    Mistake(
        "X85",
        "looks for fields of OURS in one spelling",
        "test_what_cannot_be_sent_is_refused",
        ((OURS_CHECK, OURS_CHECK.replace("name.lower()", "name")),),
    ),
    Mistake(
        "X85",
        "takes an interim status for a response",
        "test_what_cannot_be_sent_is_refused",
        (("    if not 200 <= status <= 599:\n", "    if not 100 <= status <= 599:\n"),),
    ),
    Mistake(
        "X86",
        "is a generator, and refuses when it is too late",
        "test_what_cannot_be_sent_is_refused",
        (
            (
                IS_EMPTY + "    if isinstance(content, bytes):\n"
                "        return [start + content]\n    return _stream(start, content, is_chunked)\n",
                IS_EMPTY.replace("return [start]", "yield start\n        return")
                + "    if isinstance(content, bytes):\n"
                "        yield start + content\n        return\n"
                "    yield from _stream(start, content, is_chunked)\n",
            ),
        ),
    ),
    Mistake(
        "M86",
        "takes text for pieces",
        "test_what_cannot_be_sent_is_refused",
        (("    if isinstance(content, str):\n", "    if False:\n"),),
    ),
    Mistake(
        "M68",
        "gives a request when its head is whole",
        "test_request_comes_in_any_pieces",
        (("        if not self._decoder.done:\n            return None\n", ""),),
    ),
    Mistake(
        "M68",
        "forgets the first piece of the content",
        "test_request_comes_in_any_pieces",
        (
            (
                "        self._content.append(self._decoder.feed(data))\n",
                "        self._content = [self._decoder.feed(data)]\n",
            ),
        ),
    ),
    Mistake(
        "M83",
        "gives the next request before the response",
        "test_one_request_is_given_at_a_time",
        (
            (
                KEPT,
                "        if self.state is State.CLOSED:\n            return None\n"
                "        if self.state is State.RESPONSE:\n            self.state = State.HEAD\n",
            ),
        ),
    ),
    Mistake(
        "X87",
        "goes on after a request that was refused",
        "test_refused_request_is_the_end",
        ((REFUSED, REFUSED.replace("State.CLOSED", "State.HEAD")),),
    ),
    Mistake(
        "X88",
        "gives CONNECT to the application",
        "test_refused_request_is_the_end",
        ((CONNECT, ""),),
    ),
    Mistake(
        "M75",
        "never says 100 Continue",
        "test_continue_is_due_once",
        (
            (
                INTERIM + '        return b"HTTP/1.1 100 Continue\\r\\n\\r\\n"\n',
                '        return b""\n',
            ),
        ),
    ),
    Mistake(
        "M75",
        "says it whenever it is asked",
        "test_continue_is_due_once",
        ((INTERIM, INTERIM.replace("        self._owes_continue = False\n", "")),),
    ),
    Mistake(
        "M75",
        "says it though content has come",
        "test_continue_is_due_once",
        (("        self._owes_continue = self._owes_continue and not data\n", ""),),
    ),
    Mistake(
        "M75",
        "says it though there is no content",
        "test_continue_is_due_once",
        (
            (
                "                self._rest, self.state = data, State.RESPONSE\n",
                "                self._rest, self.state = data, State.RESPONSE\n"
                "                self._owes_continue = waits\n",
            ),
        ),
    ),
    Mistake(
        "M83",
        "drops what stands behind a request",
        "test_next_request_follows_the_response",
        (
            (
                "                self._rest, self.state = data, State.RESPONSE\n",
                "                self.state = State.RESPONSE\n",
            ),
        ),
    ),
    Mistake(
        "M83",
        "drops what comes while a response is awaited",
        "test_next_request_follows_the_response",
        (
            (
                "            self._rest, self.state = self._decoder.rest, State.RESPONSE".strip(),
                'self._rest, self.state = b"", State.RESPONSE',
            ),
        ),
    ),
    Mistake(
        "M79",
        "never closes",
        "test_connection_ends_where_it_must",
        (
            (
                "        persists = is_persistent(self._request) and ends_itself\n",
                "        persists = True\n",
            ),
        ),
    ),
    Mistake(
        "M79",
        "keeps a connection that has to end an old client's response",
        "test_connection_ends_where_it_must",
        (("is_persistent(self._request) and ends_itself", "is_persistent(self._request)"),),
    ),
    Mistake(
        "X87",
        "says close, and goes on",
        "test_connection_ends_where_it_must",
        ((RESPOND, RESPOND.replace(" if persists else State.CLOSED", "")),),
    ),
    Mistake(
        "M33",
        "counts a response that was refused as sent",
        "test_refused_response_can_be_replaced",
        (
            (
                RESPOND,
                "        self.state = State.HEAD if persists else State.CLOSED\n"
                "        return serialize(response, self._request, persists)\n",
            ),
        ),
    ),
    Mistake(
        "M33",
        "responds although nobody has asked",
        "test_refused_response_can_be_replaced",
        (
            (
                "        if self._request is None or self.state is not State.RESPONSE:\n"
                '            raise RuntimeError("no request waits for a response")\n',
                '        self._request = self._request or Request("GET", "/", (1, 1), Headers())\n',
            ),
        ),
    ),
    Mistake(
        "M80",
        "refuses HEAD with content",
        "test_refusal_is_a_whole_response",
        (
            (
                'request = self._request or Request("HEAD" if is_head else "GET", ',
                'request = Request("GET", ',
            ),
        ),
    ),
    Mistake(
        "M80",
        "knows HEAD only if the head was understood",
        "test_refusal_is_a_whole_response",
        (('Request("HEAD" if is_head else "GET", ', 'Request("GET", '),),
    ),
    Mistake(
        "M79",
        "refuses, and does not say close",
        "test_refusal_is_a_whole_response",
        (("serialize(response, request, persists=False)", "serialize(response, request, True)"),),
    ),
    Mistake(
        "M33",
        "lets the application's error out",
        "test_bug_becomes_a_500",
        ((ANSWER, ANSWER.replace("except Exception", "except ZeroDivisionError")),),
    ),
    Mistake(
        "M33",
        "expects a bug, but no response that cannot be sent",
        "test_bug_becomes_a_500",
        (
            (
                ANSWER,
                "    try:\n        response = app(request)\n        return http.respond(response)\n"
                "    except (ValueError, LookupError, OSError):\n",
            ),
        ),
    ),
    Mistake(
        "M33",
        "hides the application's error",
        "test_bug_becomes_a_500",
        (
            (
                '        logging.exception("an application failed: %s %s", request.method, '
                "request.target)\n",
                "",
            ),
        ),
    ),
    Mistake(
        "M83",
        "answers one request for each piece that comes",
        "test_one_connection_serves_many_requests",
        (
            (
                REPLIES,
                "        if request:\n            yield answer(http, app, request)\n",
            ),
        ),
    ),
    Mistake(
        "M82",
        "closes after each response",
        "test_one_connection_serves_many_requests",
        ((RECEIVING, RECEIVING.replace("while http", "if http")),),
    ),
    Mistake(
        "M35",
        "does not close",
        "test_one_connection_serves_many_requests",
        (("    close_gracefully(conn, PATIENCE)\n", ""),),
    ),
    Mistake(
        "M115",
        "sends head and content one after the other",
        "test_small_response_is_one_write",
        (
            (
                "                    conn.sendall(piece)\n",
                '                    head, end, content = piece.partition(b"\\r\\n\\r\\n")\n'
                "                    conn.sendall(head + end)\n"
                "                    conn.sendall(content)\n",
            ),
        ),
    ),
    Mistake(
        "M112",
        "waits as long as the client likes",
        "test_silent_client_is_let_go",
        (("    conn.settimeout(IDLE)\n", "    conn.settimeout(None)\n"),),
    ),
    Mistake(
        "M112",
        "takes silence for an error",
        "test_silent_client_is_let_go",
        (("(data := _receive(conn))", "(data := conn.recv(CHUNK))"),),
    ),
    Mistake(
        "M76",
        "closes at once",
        "test_refused_client_reads_why",
        (("    close_gracefully(conn, PATIENCE)\n", "    conn.close()\n"),),
    ),
    Mistake(
        "M76",
        "closes, and says nothing",
        "test_refused_client_reads_why",
        ((REFUSAL, "    except HttpError:\n        return\n"),),
    ),
    Mistake(
        "M75",
        "never asks whether 100 Continue is due",
        "test_waiting_client_is_told_to_go_on",
        ((CONTINUE, ""),),
    ),
    Mistake(
        "X89",
        "closes as usual when a stream breaks off",
        "test_part_is_not_taken_for_the_whole",
        ((BROKEN, BROKEN.replace("abort(conn)", "close_gracefully(conn, PATIENCE)")),),
    ),
    Mistake(
        "X89",
        "takes every timeout for a silent client",
        "test_part_is_not_taken_for_the_whole",
        (
            (
                BROKEN,
                "    except TimeoutError:\n        pass\n" + BROKEN,
            ),
        ),
    ),
    Mistake(
        "X89",
        "refuses a request whose answer is on its way",
        "test_part_is_not_taken_for_the_whole",
        (
            (
                RECEIVING,
                "        try:\n"
                + "".join(f"    {line}" for line in RECEIVING.splitlines(keepends=True))
                + "        except HttpError as error:\n"
                "            conn.sendall(http.refuse(error))\n",
            ),
        ),
    ),
    Mistake(
        "M35",
        "leaves a connection open that the client has broken",
        "test_client_may_be_gone",
        ((BROKEN, "    except ConnectionError:\n        raise\n" + BROKEN),),
    ),
    Mistake(
        "X16",
        "takes a broken connection for one that was served",
        "test_client_may_be_gone",
        ((BROKEN, "    except ConnectionError:\n        pass\n" + BROKEN),),
    ),
)
