"""Wrong answers to chapter 12 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

TOKENS = """    tokens = {token.strip(" \\t").lower() for token in connection.split(",")}
    return "close" not in tokens and (request.version >= (1, 1) or "keep-alive" in tokens)
"""
KEPT = """        if self.state is State.RESPONSE:
            self._rest += data
        return None
"""
REFUSED = """        except HttpError:
            self.state = State.CLOSED
            raise
"""
NO_REST = '        self._rest = b""\n        request = self._request'
CONTENT_RESET = "        self._content = []\n"
ITS_LIMIT = "ChunkedDecoder(self._limit)"
OWES = "        self._owes_continue = waits\n"
FRAMING = "        framing = body_framing(request, self._limit)\n"
EXPECTS = "        waits = expects_continue(request)\n"
SERVING = "            for pieces in replies(http, app, data):\n"
ANSWERABLE = "        check_answerable(request)\n"
INTERIM = """        if not self._owes_continue:
            return b""
        self._owes_continue = False
"""
NO_CONTENT_COMES = "            self._rest, self.state = self._parser.rest, State.RESPONSE\n"
RESPOND = """        pieces = serialize(response, request, persists)
        self._request = None
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
RECEIVING = """        while http.state is not State.CLOSED and (data := receive(conn)):
            for pieces in replies(http, app, data):
                for piece in pieces:
                    send(conn, piece)
"""
BROKEN = """    except Exception:
        abort(conn)
        raise
    close_gracefully(conn, PATIENCE)
"""

MISTAKES = (
    Mistake(
        "M82",
        "closes unless keep-alive is asked for",
        "test_connection_persists_by_default",
        edits=(
            Edit(old="        return request.version >= (1, 1)\n", new="        return False\n"),
            Edit(old=TOKENS, new='    return connection.lower() == "keep-alive"\n'),
        ),
    ),
    Mistake(
        "X80",
        "compares the whole value",
        "test_connection_is_a_list_of_tokens",
        old=TOKENS,
        new='    option = connection.lower()\n    return option != "close" and (\n'
        '        request.version >= (1, 1) or option == "keep-alive"\n    )\n',
    ),
    Mistake(
        "X80",
        "looks for the word anywhere in the value",
        "test_connection_is_a_list_of_tokens",
        old=TOKENS,
        new="    tokens = connection.lower()\n" + TOKENS.splitlines(keepends=True)[1],
    ),
    Mistake(
        "X80",
        "compares tokens with their case",
        "test_connection_is_a_list_of_tokens",
        old=TOKENS,
        new=TOKENS.replace(".lower()", ""),
    ),
    Mistake(
        "X80",
        "reads the last line of Connection only",
        "test_connection_is_a_list_of_tokens",
        old='    connection = request.headers.get("connection")\n',
        new='    lines = request.headers.get_all("connection")\n'
        "    connection = lines[-1] if lines else None\n",
    ),
    Mistake(
        "M68",
        "gives a request when its head is whole",
        "test_request_comes_in_any_pieces",
        old="        if not self._decoder.done:\n            return None\n",
        new="",
    ),
    Mistake(
        "M68",
        "forgets the first piece of the content",
        "test_request_comes_in_any_pieces",
        old="        self._content.append(self._decoder.feed(data))\n",
        new="        self._content = [self._decoder.feed(data)]\n",
    ),
    Mistake(
        "M74",
        "reads content only behind POST and PUT",
        "test_request_comes_in_any_pieces",
        old=FRAMING,
        new='        framing = 0\n        if request.method in ("POST", "PUT"):\n    ' + FRAMING,
    ),
    Mistake(
        "M83",
        "gives the next request before the response",
        "test_one_request_is_given_at_a_time",
        old=KEPT,
        new="        if self.state is State.RESPONSE:\n            self.state = State.HEAD\n"
        "            return self.feed(data)\n        return None\n",
    ),
    Mistake(
        "X87",
        "goes on after a request that was refused",
        "test_refused_request_is_the_end",
        old=REFUSED,
        new=REFUSED.replace("State.CLOSED", "State.HEAD"),
    ),
    Mistake(
        "X87",
        "keeps what stands behind a refused request, and goes on with it",
        "test_refused_request_is_the_end",
        edits=(
            Edit(
                old=REFUSED,
                new=REFUSED.replace(
                    "            raise\n",
                    "            self._rest = data\n            raise\n",
                ),
            ),
            Edit(
                old=KEPT,
                new=KEPT.replace(
                    "        return None\n",
                    '        if self.state is State.CLOSED and b"BREW" in self._rest:\n'
                    '            behind = self._rest.partition(b"\\r\\n\\r\\n")[2]\n'
                    "            return RequestParser().feed(behind)\n"
                    "        return None\n",
                ),
            ),
        ),
    ),
    Mistake(
        "",
        "does not tell the chunked decoder the limit",
        "test_refused_request_is_the_end",
        old=ITS_LIMIT,
        new="ChunkedDecoder()",
    ),
    Mistake(
        "",
        "looks at Expect only if there is content",
        "test_refused_request_is_the_end",
        edits=(
            Edit(old=EXPECTS, new=""),
            Edit(old=OWES, new=OWES.replace("waits", "expects_continue(request)")),
        ),
    ),
    Mistake(
        "X434",
        "owes 100 Continue before it knows whether there will be content",
        "test_refused_request_is_the_end",
        edits=(
            Edit(old=FRAMING, new=OWES + FRAMING),
            Edit(
                old=NO_CONTENT_COMES,
                new=NO_CONTENT_COMES + "            self._owes_continue = False\n",
            ),
        ),
    ),
    Mistake(
        "X88",
        "gives every request to the application",
        "test_refused_request_is_the_end",
        old=ANSWERABLE,
        new="",
    ),
    Mistake(
        "M75",
        "never says 100 Continue",
        "test_continue_is_due_once",
        old=INTERIM + '        return b"HTTP/1.1 100 Continue\\r\\n\\r\\n"\n',
        new='        return b""\n',
    ),
    Mistake(
        "X340",
        "says it whenever it is asked",
        "test_continue_is_due_once",
        old=INTERIM,
        new=INTERIM.replace("        self._owes_continue = False\n", ""),
    ),
    Mistake(
        "X340",
        "says it though content has come",
        "test_continue_is_due_once",
        old="        if data:\n            self._owes_continue = False\n",
        new="",
    ),
    Mistake(
        "X340",
        "says it though there is no content",
        "test_continue_is_due_once",
        old=NO_CONTENT_COMES,
        new=NO_CONTENT_COMES + "            self._owes_continue = waits\n",
    ),
    Mistake(
        "X341",
        "feeds half a head again after the response",
        "test_next_request_follows_the_response",
        old=NO_REST,
        new=NO_REST.replace('        self._rest = b""\n', ""),
    ),
    Mistake(
        "",
        "puts the content of a request behind that of the one before",
        "test_next_request_follows_the_response",
        old=CONTENT_RESET,
        new="",
    ),
    Mistake(
        "M83",
        "drops what stands behind a request",
        "test_next_request_follows_the_response",
        old=NO_CONTENT_COMES,
        new="            self.state = State.RESPONSE\n",
    ),
    Mistake(
        "M83",
        "drops what stands behind content",
        "test_next_request_follows_the_response",
        old="self._rest, self.state = self._decoder.rest,",
        new='self._rest, self.state = b"",',
    ),
    Mistake(
        "M83",
        "drops what comes while a response is awaited",
        "test_next_request_follows_the_response",
        old=KEPT,
        new="        return None\n",
    ),
    Mistake(
        "M79",
        "never closes",
        "test_connection_ends_where_it_must",
        old="        persists = ends_itself and is_persistent(request)\n",
        new="        persists = True\n",
    ),
    Mistake(
        "M78",
        "keeps a connection that has to end an old client's response",
        "test_connection_ends_where_it_must",
        old="ends_itself and is_persistent(request)",
        new="is_persistent(request)",
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
        "        return serialize(response, request, persists)\n",
    ),
    Mistake(
        "X86",
        "changes the state when the bytes are taken",
        "test_refused_response_can_be_replaced",
        old=RESPOND,
        new="        pieces = serialize(response, request, persists)\n\n"
        "        def taken() -> Iterator[bytes]:\n"
        "            self._request = None\n"
        "            self.state = State.HEAD if persists else State.CLOSED\n"
        "            yield from pieces\n\n"
        "        return taken()\n",
    ),
    Mistake(
        "",
        "responds although nobody has asked",
        "test_refused_response_can_be_replaced",
        old="        if request is None or self.state is not State.RESPONSE:\n"
        '            raise RuntimeError("no request waits for a response")\n',
        new='        request = request or Request("GET", "/", (1, 1), Headers())\n',
    ),
    Mistake(
        "M80",
        "knows a request only when its content is whole",
        "test_refusal_is_a_whole_response",
        edits=(
            Edit(
                old="request = self._request = self._parser",
                new="request = self._head = self._parser",
            ),
            Edit(
                old=NO_CONTENT_COMES, new=NO_CONTENT_COMES + "            self._request = request\n"
            ),
            Edit(
                old="        assert self._request is not None\n",
                new="        self._request = self._head\n",
            ),
        ),
    ),
    Mistake(
        "M80",
        "refuses a request as if it were the one before",
        "test_refusal_is_a_whole_response",
        old=RESPOND,
        new=RESPOND.replace("        self._request = None\n", ""),
    ),
    Mistake(
        "X502",
        "lets the application's error out",
        "test_bug_becomes_a_500",
        old=ANSWER,
        new=ANSWER.replace("except Exception", "except ZeroDivisionError"),
    ),
    Mistake(
        "X502",
        "expects a bug, but no response that cannot be sent",
        "test_bug_becomes_a_500",
        old=ANSWER,
        new="    try:\n        response = app(request)\n        return http.respond(response)\n"
        "    except (ValueError, LookupError, OSError):\n",
    ),
    Mistake(
        "X502",
        "hides the application's error",
        "test_bug_becomes_a_500",
        old='        logging.exception("an application failed: %s %s", request.method, '
        "request.target)\n",
        new="",
    ),
    Mistake(
        "X433",
        "tells the client what went wrong",
        "test_bug_becomes_a_500",
        edits=(
            Edit(old=ANSWER, new=ANSWER.replace("except Exception:", "except Exception as error:")),
            Edit(
                old='Response(b"Internal Server Error\\n", 500',
                new="Response(repr(error).encode(), 500",
            ),
        ),
    ),
    Mistake(
        "M83",
        "answers one request for each piece that comes",
        "test_one_connection_serves_many_requests",
        old=REPLIES,
        new="        if request:\n            yield answer(http, app, request)\n",
    ),
    Mistake(
        "X341",
        "feeds the same data again",
        "test_one_connection_serves_many_requests",
        old=REPLIES,
        new=REPLIES.replace('feed(b"")', "feed(data)"),
    ),
    Mistake(
        "X344",
        "takes a client's end in the middle of content for an error",
        "test_one_connection_serves_many_requests",
        old=BROKEN,
        new="        if http.state is State.CONTENT:\n"
        '            raise ConnectionError("the content is not whole")\n' + BROKEN,
    ),
    Mistake(
        "M82",
        "closes after each response",
        "test_one_connection_serves_many_requests",
        old=RECEIVING,
        new=RECEIVING.replace("while http", "if http"),
    ),
    Mistake(
        "M35",
        "does not close",
        "test_one_connection_serves_many_requests",
        old="    close_gracefully(conn, PATIENCE)\n",
        new="",
    ),
    Mistake(
        "M76",
        "resets the connection when the last answer is sent",
        "test_one_connection_serves_many_requests",
        old="    close_gracefully(conn, PATIENCE)\n",
        new="    abort(conn)\n",
    ),
    Mistake(
        "X432",
        "waits for more after the last response",
        "test_last_response_ends_the_connection",
        old=RECEIVING,
        new=RECEIVING.replace("http.state is not State.CLOSED and ", ""),
    ),
    Mistake(
        "X430",
        "collects all replies, then yields them",
        "test_next_request_waits_for_the_response",
        edits=(
            Edit(
                old="        request = http.feed(data)\n",
                new="        request, all = http.feed(data), []\n",
            ),
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
        "X430",
        "collects all replies, then sends them",
        "test_next_request_waits_for_the_response",
        old=SERVING,
        new=SERVING.replace("replies(http, app, data)", "list(replies(http, app, data))"),
    ),
    Mistake(
        "M115",
        "sends head and content one after the other",
        "test_small_response_is_one_write",
        old="                    send(conn, piece)\n",
        new='                    head, end, content = piece.partition(b"\\r\\n\\r\\n")\n'
        "                    conn.sendall(head + end)\n"
        "                    conn.sendall(content)\n",
    ),
    Mistake(
        "M112",
        "waits as long as the client likes",
        "test_silent_client_is_let_go",
        old="        conn.settimeout(IDLE)\n",
        new="        conn.settimeout(None)\n",
    ),
    Mistake(
        "M112",
        "takes silence for an error",
        "test_silent_client_is_let_go",
        old="(data := receive(conn))",
        new="(data := conn.recv(CHUNK))",
    ),
    Mistake(
        "M76",
        "closes at once",
        "test_refused_client_reads_why",
        old="    close_gracefully(conn, PATIENCE)\n",
        new="    conn.close()\n",
    ),
    Mistake(
        "M76",
        "closes, and says nothing",
        "test_refused_client_reads_why",
        old=REFUSAL,
        new="    except HttpError:\n        return\n",
    ),
    Mistake(
        "M75",
        "never asks whether 100 Continue is due",
        "test_waiting_client_is_told_to_go_on",
        old=CONTINUE,
        new="",
    ),
    Mistake(
        "X89",
        "closes as usual when a stream breaks off",
        "test_part_is_not_taken_for_the_whole",
        old=BROKEN,
        new=BROKEN.replace("abort(conn)", "close_gracefully(conn, PATIENCE)"),
    ),
    Mistake(
        "X89",
        "expects only the connection to break, not the stream",
        "test_part_is_not_taken_for_the_whole",
        old=BROKEN,
        new=BROKEN.replace("except Exception", "except OSError"),
    ),
    Mistake(
        "X89",
        "takes every timeout for a silent client",
        "test_part_is_not_taken_for_the_whole",
        old=BROKEN,
        new="    except TimeoutError:\n        pass\n" + BROKEN,
    ),
    Mistake(
        "X89",
        "refuses a request whose answer is on its way",
        "test_part_is_not_taken_for_the_whole",
        old=RECEIVING,
        new="        try:\n"
        + "".join(f"    {line}" for line in RECEIVING.splitlines(keepends=True))
        + "        except HttpError as error:\n"
        "            conn.sendall(http.refuse(error))\n",
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
        "joins the pieces of a stream before it sends",
        "test_pieces_go_out_one_by_one",
        old="                for piece in pieces:\n                    send(conn, piece)\n",
        new='                send(conn, b"".join(pieces))\n',
    ),
    Mistake(
        "X342",
        "lets a piece wait for the acknowledgement of the one before",
        "test_pieces_go_out_one_by_one",
        old="        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)\n",
        new="",
    ),
    Mistake(
        "X343",
        "gives sendall() the timeout that is meant for silence",
        "test_slow_reader_gets_it_all",
        old="                    send(conn, piece)\n",
        new="                    conn.sendall(piece)\n",
    ),
)
