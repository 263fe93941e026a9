"""Wrong answers to chapter 12 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

TOKENS = """    tokens = set(list_members(connection.lower()))
    return "close" not in tokens and (request.version >= (1, 1) or "keep-alive" in tokens)
"""
VERSIONS = (
    '    return "close" not in tokens and (request.version >= (1, 1) or "keep-alive" in tokens)\n'
)
PARSE = """        request = self.parser.parse(self.buffer)
        if request is None:
            return
"""
NOTE = "        self.request = request\n"
ANSWERABLE = "        check_answerable(request, self.secured)\n"
OWES = "        self.owes_continue = expects_continue(request)\n"
FRAMING = "        framing = body_framing(request, self.limit)\n"
DECODE = "        self.content.append(self.decoder.decode(self.buffer))\n"
IS_DONE = """        if not self.decoder.done:
            return None
"""
TAKEN = """        return self.request.with_content(b"".join(self.content))
"""
KEEP = """        if self.state is not State.CLOSED:
            self.buffer += data
"""
FEED = """        try:
            if self.state is State.HEAD and self.buffer:
                self.take_head()
            if self.state is State.CONTENT:
                return self.take_content()
        except HttpError:
            self.state = State.CLOSED
            raise
        return None
"""
INTERIM = """        waits = self.owes_continue and not self.buffer and not any(self.content)
        self.owes_continue = False
        if self.state is not State.CONTENT or not waits:
            return b""
"""
WAITS = """        if request is None or self.state is not State.RESPONSE:
            raise RuntimeError("no request waits for a response")
"""
PERSISTS = "        persists = is_persistent(request) and (has_end or request.version >= (1, 1))\n"
RESPOND = """        pieces = serialize(response, request, persists)
        self.request = None
        self.state = State.HEAD if persists else State.CLOSED
        return pieces
"""
ANSWER = """    try:
        return http.respond(handler(request))
    except Exception:
"""
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
RECEIVING = """        while http.goes_on and (data := receiver.receive()):
            with closing(outgoing(http, handler, data)) as pieces:
                for piece in pieces:
                    send(conn, piece)
"""
SENDING = """                for piece in pieces:
                    send(conn, piece)
"""
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
        "takes a field Keep-Alive for the token",
        "test_connection_persists_by_default",
        old=VERSIONS,
        new='    tokens |= {"keep-alive"} if "keep-alive" in request.headers else set()\n'
        + VERSIONS,
    ),
    Mistake(
        "",
        "expects the field Connection in every request",
        "test_connection_persists_by_default",
        old='    connection = request.headers.get("connection") or ""\n',
        new='    connection = request.headers.get("connection")\n',
    ),
    Mistake(
        "X80",
        "compares the whole value",
        "test_connection_is_a_list_of_tokens",
        old=TOKENS,
        new="    tokens = {connection.lower()}\n" + VERSIONS,
    ),
    Mistake(
        "X80",
        "looks for the word anywhere in the value",
        "test_connection_is_a_list_of_tokens",
        old=TOKENS,
        new="    tokens = connection.lower()\n" + VERSIONS,
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
        "strips every kind of blank",
        "test_connection_is_a_list_of_tokens",
        old=TOKENS,
        new="    tokens = {token.strip().lower() for token in list_members(connection)}\n"
        + VERSIONS,
    ),
    Mistake(
        "X80",
        "reads the last line of Connection only",
        "test_connection_is_a_list_of_tokens",
        old='    connection = request.headers.get("connection") or ""\n',
        new='    connection = (request.headers.get_all("connection") or [""])[-1]\n',
    ),
    Mistake(
        "M83",
        "gives the decoder's bytes away with the head",
        "test_head_is_taken_off_the_buffer",
        old=PARSE,
        new=PARSE + "        self.buffer.clear()\n",
    ),
    Mistake(
        "M83",
        "parses a copy of the buffer",
        "test_head_is_taken_off_the_buffer",
        old="self.parser.parse(self.buffer)",
        new="self.parser.parse(bytearray(self.buffer))",
    ),
    Mistake(
        "M75",
        "does not note that the client waits",
        "test_head_is_taken_off_the_buffer",
        old=OWES,
        new="        expects_continue(request)\n",
    ),
    Mistake(
        "X88",
        "gives every request to the handler",
        "test_what_cannot_be_answered_is_refused",
        old=ANSWERABLE,
        new="",
    ),
    Mistake(
        "",
        "forgets that the connection may be secured",
        "test_what_cannot_be_answered_is_refused",
        old=ANSWERABLE,
        new="        check_answerable(request)\n",
    ),
    Mistake(
        "",
        "does not pass the limit on",
        "test_what_cannot_be_answered_is_refused",
        old=FRAMING,
        new="        framing = body_framing(request)\n",
    ),
    Mistake(
        "",
        "remembers a request only when nothing refuses it",
        "test_what_cannot_be_answered_is_refused",
        edits=(Edit(old=NOTE, new=""), Edit(old=FRAMING, new=FRAMING + NOTE)),
    ),
    Mistake(
        "M68",
        "gives a request when its head is complete",
        "test_request_comes_in_any_pieces",
        old=IS_DONE,
        new="",
    ),
    Mistake(
        "M68",
        "forgets the first piece of the content",
        "test_request_comes_in_any_pieces",
        old=DECODE,
        new="        self.content = [self.decoder.decode(self.buffer)]\n",
    ),
    Mistake(
        "M74",
        "reads content only after POST and PUT",
        "test_request_comes_in_any_pieces",
        old=DECODE,
        new='        if self.request.method in ("GET", "HEAD"):\n'
        "            self.state = State.RESPONSE\n            return self.request\n" + DECODE,
    ),
    Mistake(
        "",
        "puts the trailers among the headers",
        "test_request_comes_in_any_pieces",
        old=TAKEN,
        new='        trailers = getattr(self.decoder, "trailers", ())\n'
        "        headers = Headers([*self.request.headers, *trailers])\n"
        '        return self.request._replace(content=b"".join(self.content), headers=headers)\n',
    ),
    Mistake(
        "M83",
        "gives the next request before the response",
        "test_one_request_is_given_at_a_time",
        old=FEED,
        new=FEED.replace("self.state is State.HEAD", "self.state in (State.HEAD, State.RESPONSE)"),
    ),
    Mistake(
        "X87",
        "goes on after a request that was refused",
        "test_refused_request_is_the_end",
        old=FEED,
        new=FEED.replace("State.CLOSED", "State.HEAD"),
    ),
    Mistake(
        "",
        "keeps what comes after a refusal",
        "test_refused_request_is_the_end",
        old=KEEP,
        new="        self.buffer += data\n",
    ),
    Mistake(
        "",
        "makes an Idle for each connection",
        "test_silent_client_is_let_go",
        old="Receiver(conn, http, idle or Idle())\n",
        new="Receiver(conn, http, Idle())\n",
    ),
    Mistake(
        "",
        "catches Ctrl-C as well",
        "test_bug_becomes_a_500",
        old=ANSWER,
        new=ANSWER.replace("except Exception", "except BaseException"),
    ),
    Mistake(
        "",
        "does not tell the chunked decoder the limit",
        "test_refused_request_is_the_end",
        old="ChunkedDecoder(self.limit)",
        new="ChunkedDecoder()",
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
        new=INTERIM.replace("        self.owes_continue = False\n", ""),
    ),
    Mistake(
        "X340",
        "says it though content has come",
        "test_continue_is_due_once",
        old=INTERIM,
        new=INTERIM.replace(" and not self.buffer and not any(self.content)", ""),
    ),
    Mistake(
        "X340",
        "says it though there is no content",
        "test_continue_is_due_once",
        old=INTERIM,
        new=INTERIM.replace("self.state is not State.CONTENT or ", ""),
    ),
    Mistake(
        "",
        "expects an empty list of pieces",
        "test_continue_is_due_once",
        old="not any(self.content)",
        new="not self.content",
    ),
    Mistake(
        "X434",
        "says it to a client that was refused",
        "test_continue_is_due_once",
        old=INTERIM,
        new=INTERIM.replace(
            "self.state is not State.CONTENT", "self.state not in (State.CONTENT, State.CLOSED)"
        ),
    ),
    Mistake(
        "M83",
        "drops what arrives while a response is awaited",
        "test_next_request_follows_the_response",
        old=KEEP,
        new=KEEP.replace("is not State.CLOSED", "in (State.HEAD, State.CONTENT)"),
    ),
    Mistake(
        "",
        "puts the content of a request after that of the one before",
        "test_next_request_follows_the_response",
        old="        self.content = []\n",
        new="",
    ),
    Mistake(
        "M79",
        "never closes",
        "test_connection_ends_where_it_must",
        old=PERSISTS,
        new="        persists = has_end or True\n",
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
        "closes after every error",
        "test_connection_ends_where_it_must",
        old=PERSISTS,
        new=PERSISTS + "        persists = persists and response.status < 400\n",
    ),
    Mistake(
        "",
        "does not look at the response's length",
        "test_connection_ends_where_it_must",
        old="isinstance(response.content, bytes) or response.length is not None",
        new="isinstance(response.content, bytes)",
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
        "X86",
        "changes the state when the bytes are taken",
        "test_refused_response_can_be_replaced",
        old=RESPOND,
        new="        pieces = serialize(response, request, persists)\n\n"
        "        def taken() -> Iterator[bytes]:\n"
        "            self.request = None\n"
        "            self.state = State.HEAD if persists else State.CLOSED\n"
        "            yield from pieces\n\n"
        "        return taken()\n",
    ),
    Mistake(
        "",
        "responds although nobody has asked",
        "test_refused_response_can_be_replaced",
        old=WAITS,
        new='        request = request or Request("GET", "/", (1, 1), Headers())\n',
    ),
    Mistake(
        "X791",
        "does not know about upgrades",
        "test_upgrade_keeps_what_follows",
        old="        if response.status == 101:\n            return self.switch(response)\n",
        new="",
    ),
    Mistake(
        "X791",
        "drops what follows an upgrade",
        "test_upgrade_keeps_what_follows",
        old=KEEP,
        new=KEEP.replace("is not State.CLOSED", "not in (State.CLOSED, State.UPGRADED)"),
    ),
    Mistake(
        "M80",
        "refuses a request as if it were the one before",
        "test_refusal_is_a_whole_response",
        old=RESPOND,
        new=RESPOND.replace("        self.request = None\n", ""),
    ),
    Mistake(
        "X502",
        "lets the handler's error out",
        "test_bug_becomes_a_500",
        old=ANSWER,
        new=ANSWER.replace("except Exception", "except ZeroDivisionError"),
    ),
    Mistake(
        "X502",
        "expects a bug, but no response that cannot be sent",
        "test_bug_becomes_a_500",
        old=ANSWER,
        new="    try:\n        response = handler(request)\n        return http.respond(response)\n"
        "    except (ValueError, LookupError, OSError):\n",
    ),
    Mistake(
        "X502",
        "hides the handler's error",
        "test_bug_becomes_a_500",
        old='        logging.exception("a handler failed: %s %s", request.method, request.target)\n',
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
        "answers one request for each piece that arrives",
        "test_next_request_waits_for_the_response",
        old=REPLIES,
        new="        if request:\n            yield answer(http, handler, request)\n",
    ),
    Mistake(
        "X341",
        "feeds the same data again",
        "test_next_request_waits_for_the_response",
        old=REPLIES,
        new=REPLIES.replace('feed(b"")', "feed(data)"),
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
        old="    finish(conn, http)\n\n\ndef outgoing",
        new="\n\ndef outgoing",
    ),
    Mistake(
        "M76",
        "resets the connection when the last answer is sent",
        "test_one_connection_serves_many_requests",
        old=BROKEN,
        new=BROKEN.replace("finish(conn, http)", "abort(conn)"),
    ),
    Mistake(
        "X432",
        "waits for more after the last response",
        "test_last_response_ends_the_connection",
        old=RECEIVING,
        new=RECEIVING.replace("http.goes_on and ", ""),
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
        "",
        "yields the bytes of a refusal, not a list of them",
        "test_refusal_comes_after_the_answers",
        old=REFUSAL,
        new=REFUSAL.replace("[http.refuse(error)]", "http.refuse(error)"),
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
        "",
        "expects an error of the first feed() only",
        "test_refusal_comes_after_the_answers",
        old="        request = http.feed(data)\n" + REPLIES + CONTINUE + REFUSAL,
        new="        request = http.feed(data)\n"
        + REFUSAL
        + "        return\n"
        + REPLIES.replace("        ", "    ", 1).replace("\n    ", "\n")
        + CONTINUE.replace("        ", "    ", 1).replace("\n    ", "\n"),
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
        "X343",
        "sends by sendall(), with the timeout of receive()",
        "test_slow_reader_gets_it_all",
        old="                    send(conn, piece)\n",
        new="                    conn.sendall(piece)\n",
    ),
    Mistake(
        "M115",
        "sends head and content one after the other",
        "test_small_response_is_one_write",
        old=SENDING,
        new="                for piece in pieces:\n"
        '                    head, end, content = piece.partition(b"\\r\\n\\r\\n")\n'
        "                    conn.sendall(head + end)\n"
        "                    conn.sendall(content)\n",
    ),
    Mistake(
        "M112",
        "waits as long as the client likes",
        "test_silent_client_is_let_go",
        old="(data := receiver.receive())",
        new="(data := conn.recv(CHUNK))",
    ),
    Mistake(
        "M76",
        "closes at once",
        "test_refused_client_reads_why",
        old=BROKEN,
        new=BROKEN.replace("finish(conn, http)", "conn.close()"),
    ),
    Mistake(
        "X503",
        "closes, and says nothing",
        "test_refusal_comes_after_the_answers",
        old=REFUSAL,
        new="    except HttpError:\n        return\n",
    ),
    Mistake(
        "M75",
        "never asks whether 100 Continue is due",
        "test_refusal_comes_after_the_answers",
        old=CONTINUE,
        new="",
    ),
    Mistake(
        "X89",
        "closes as usual when a stream breaks off",
        "test_part_is_not_taken_for_the_whole",
        old=BROKEN,
        new=BROKEN.replace("abort(conn)", "finish(conn, http)"),
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
        old=BROKEN,
        new="    except HttpError as error:\n        conn.sendall(http.refuse(error))\n" + BROKEN,
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
        old=SENDING,
        new='                send(conn, b"".join(pieces))\n',
    ),
    Mistake(
        "X342",
        "lets a piece wait for the acknowledgement of the one before",
        "test_pieces_go_out_one_by_one",
        old="        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)\n        while",
        new="        while",
    ),
    Mistake(
        "X343",
        "gives sendall() the timeout that is meant for silence",
        "test_slow_reader_gets_it_all",
        old="                    send(conn, piece)\n",
        new="                    conn.settimeout(IDLE_TIMEOUT)\n"
        "                    conn.sendall(piece)\n",
    ),
    Mistake(
        "X790",
        "leaves the stream open when the client goes",
        "test_stream_is_closed_when_the_client_goes",
        old=RECEIVING,
        new="""        while http.goes_on and (data := receiver.receive()):
            pieces = outgoing(http, handler, data)
            for piece in pieces:
                send(conn, piece)
""",
    ),
    Mistake(
        "",
        "forgets that the connection is secured",
        "test_one_connection_serves_many_requests",
        old="HttpConnection(secured=secured)\n    receiver",
        new="HttpConnection()\n    receiver",
    ),
)
