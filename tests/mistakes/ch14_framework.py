"""Wrong answers to chapter 14 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

ADDS = """            self.router.add(method, pattern, endpoint, name)
            return endpoint

        return add
"""
GET = """        return self.route("GET", pattern, name)
"""
POST = """        return self.route("POST", pattern, name)
"""
KEEPS = """            self.pages[status] = make
            return make

        return keep
"""
TRIES = """            try:
                return answer(request, *inside)
            except Exception as error:
                return on_error(request, error)
"""
CAUGHT = """            except Exception as error:
                return on_error(request, error)
"""
AROUND = """    composed = guarded(handler)
    for layer in reversed(layers):
        composed = guarded(layer, composed)
    return composed
"""
PIECES = """    pieces = [piece for piece in text.split("&") if piece]
"""
LIMIT = """    if len(pieces) > MAX_FIELDS:
"""
TOO_MANY = """        raise HttpError(400, f"more than {MAX_FIELDS} fields", "RFC 9110 §15.5.1")
"""
FIELD = """        name, _, value = piece.partition("=")
        fields.append((unquote_plus(name), unquote_plus(value)))
"""
DECODED = """        fields.append((unquote_plus(name), unquote_plus(value)))
"""
FIELDS = """    return Fields(fields)
"""
COOKIES = """    for piece in field.split(";"):
        name, equals, value = piece.partition("=")
        name = name.strip(" \\t")
        if equals and name:
            cookies.setdefault(name, value.strip(" \\t"))
"""
COOKIE = """        name, equals, value = piece.partition("=")
"""
NAME = """        name = name.strip(" \\t")
"""
IS_COOKIE = """        if equals and name:
"""
KEPT = """            cookies.setdefault(name, value.strip(" \\t"))
"""
NAME_TEST = """    if not is_token(name):
        raise ValueError(f"this is not the name of a cookie: {name!r}")
"""
VALUE_TEST = """    if not set(value) <= set(COOKIE_OCTETS) or len(name + value) > MAX_COOKIE:
"""
NOT_OCTETS = "not set(value) <= set(COOKIE_OCTETS)"
PAIR = """    return f"{name}={value}"
"""
SIGNED = """        signed = f"{to_text(value)}.{now}"
        return f"{signed}.{signature(self.keys[0], signed)}"
"""
CLAIMED = """        signed, _, claimed = text.rpartition(".")
"""
COMPARED = """        if not any(same_text(signature(key, signed), claimed) for key in self.keys):
"""
TOO_OLD = """        if now - int(then) > max_age:
            raise BadSignature("this was signed too long ago")
"""
VALUE = """        return to_octets(value)
"""

MISTAKES = (
    # Task 1
    Mistake(
        "X971",
        "adds at once, and expects the function as an argument of route()",
        "test_route_adds_the_function",
        old=ADDS,
        new="            return endpoint\n\n        self.router.add(method, pattern, add, name)\n"
        "        return add\n",
    ),
    Mistake(
        "X971",
        "returns nothing from route()",
        "test_route_adds_the_function",
        old=ADDS,
        new="            self.router.add(method, pattern, endpoint, name)\n"
        "            return endpoint\n\n"
        "        return None  # type: ignore\n",
    ),
    Mistake(
        "",
        "never adds",
        "test_route_adds_the_function",
        old=ADDS,
        new="            return endpoint\n\n        return add\n",
    ),
    Mistake(
        "",
        "swaps method and pattern",
        "test_route_adds_the_function",
        old="self.router.add(method, pattern, endpoint, name)",
        new="self.router.add(pattern, method, endpoint, name)",
    ),
    Mistake(
        "",
        "adds every function for GET",
        "test_route_adds_the_function",
        old="self.router.add(method, pattern, endpoint, name)",
        new='self.router.add("GET", pattern, endpoint, name)',
    ),
    Mistake(
        "X971",
        "puts a function around the page that drops the values",
        "test_route_adds_the_function",
        old="self.router.add(method, pattern, endpoint, name)",
        new="self.router.add(method, pattern, lambda context, **_: endpoint(context), name)",
    ),
    Mistake(
        "X970",
        "returns nothing from the decorator",
        "test_the_function_stays",
        old=ADDS,
        new="            self.router.add(method, pattern, endpoint, name)\n\n        return add\n",
    ),
    Mistake(
        "X972",
        "returns another function from the decorator",
        "test_the_function_stays",
        old=ADDS,
        new="            self.router.add(method, pattern, endpoint, name)\n"
        "            return lambda *a, **k: endpoint(*a, **k)\n\n        return add\n",
    ),
    Mistake(
        "X970",
        "returns nothing from the decorator of error()",
        "test_the_function_stays",
        old=KEEPS,
        new="            self.pages[status] = make\n\n        return keep\n",
    ),
    Mistake(
        "",
        "returns the app from the decorator",
        "test_the_function_stays",
        old=ADDS,
        new="            self.router.add(method, pattern, endpoint, name)\n            return self\n\n"
        "        return add\n",
    ),
    Mistake(
        "X972",
        "calls the function to see whether it works",
        "test_nothing_is_called_early",
        old="self.router.add(method, pattern, endpoint, name)",
        new="self.router.add(method, pattern, endpoint, name)\n"
        "            if endpoint.__name__ == 'append':\n                endpoint(self)",
    ),
    Mistake(
        "X972",
        "calls the page when it is kept",
        "test_nothing_is_called_early",
        old=KEEPS,
        new="            self.pages[status] = make\n            try:\n                make(None)\n"
        "            except TypeError:\n                pass\n            return make\n\n"
        "        return keep\n",
    ),
    Mistake(
        "",
        "adds an empty route before there is a function",
        "test_nothing_is_called_early",
        old=ADDS,
        new="            routes[-1:] = [Route(method, pattern, endpoint, name)]\n"
        "            self.router.routes.pop()\n"
        "            self.router.add(method, pattern, endpoint, name)\n"
        "            return endpoint\n\n"
        "        from .ch13_routing import Route\n"
        "        routes = [Route(method, pattern, plain, name)]\n"
        "        self.router.routes.append(routes[0])\n        return add\n",
    ),
    Mistake(
        "",
        "post() is for GET as well",
        "test_get_and_post",
        old=POST,
        new=GET,
    ),
    Mistake(
        "X973",
        "get() drops the name",
        "test_get_and_post",
        old=GET,
        new='        return self.route("GET", pattern)\n',
    ),
    Mistake(
        "X973",
        "post() drops the name",
        "test_get_and_post",
        old=POST,
        new='        return self.route("POST", pattern)\n',
    ),
    Mistake(
        "X973",
        "route() drops the name",
        "test_get_and_post",
        old="self.router.add(method, pattern, endpoint, name)",
        new="self.router.add(method, pattern, endpoint)",
    ),
    Mistake(
        "",
        "names each route after its function",
        "test_get_and_post",
        old="self.router.add(method, pattern, endpoint, name)",
        new='self.router.add(method, pattern, endpoint, name or getattr(endpoint, "__name__", ""))',
    ),
    Mistake(
        "",
        "adds HEAD beside GET",
        "test_get_and_post",
        old=ADDS,
        new="            self.router.add(method, pattern, endpoint, name)\n"
        '            if method == "GET":\n'
        '                self.router.add("HEAD", pattern, endpoint, name)\n'
        "            return endpoint\n\n        return add\n",
    ),
    Mistake(
        "",
        "swallows what add() raises",
        "test_several_decorators",
        old=ADDS,
        new="            try:\n                self.router.add(method, pattern, endpoint, name)\n"
        "            except ValueError:\n                pass\n            return endpoint\n\n"
        "        return add\n",
    ),
    Mistake(
        "",
        "keeps the status with the page as its key",
        "test_error_keeps_the_page",
        old="self.pages[status] = make",
        new="self.pages[make] = status  # type: ignore",
    ),
    Mistake(
        "",
        "keeps the first page for a status",
        "test_error_keeps_the_page",
        old="self.pages[status] = make",
        new="self.pages.setdefault(status, make)",
    ),
    Mistake(
        "",
        "keeps one page only",
        "test_error_keeps_the_page",
        old="self.pages[status] = make",
        new="self.pages.clear()\n            self.pages[status] = make",
    ),
    Mistake(
        "",
        "keeps no page",
        "test_error_keeps_the_page",
        old="self.pages[status] = make\n            return",
        new="return",
    ),
    Mistake(
        "",
        "keeps the page for all apps",
        "test_error_keeps_the_page",
        edits=(
            Edit(old="        self.pages: dict[int, ErrorPage] = {}\n", new=""),
            Edit(
                old="    def __init__(self, *layers: Layer) -> None:\n",
                new="    pages: dict[int, ErrorPage] = {}\n\n"
                "    def __init__(self, *layers: Layer) -> None:\n",
            ),
        ),
    ),
    Mistake(
        "",
        "adds the function once, for the first decorator",
        "test_several_decorators",
        old=ADDS,
        new="            if all(each.endpoint is not endpoint for each in self.router.routes):\n"
        "                self.router.add(method, pattern, endpoint, name)\n"
        "            return endpoint\n\n        return add\n",
    ),
    Mistake(
        "",
        "a decorator can be called once",
        "test_several_decorators",
        old="self.router.add(method, pattern, endpoint, name)\n            return endpoint",
        new="if not getattr(add, 'used', False):\n"
        "                self.router.add(method, pattern, endpoint, name)\n"
        "            add.used = True\n"
        "            return endpoint",
    ),
    Mistake(
        "",
        "keeps pages for errors only",
        "test_error_keeps_the_page",
        old="self.pages[status] = make\n            return",
        new="if status >= 400:\n                self.pages[status] = make\n            return",
    ),
    Mistake(
        "",
        "keeps the page for 500 as well",
        "test_error_keeps_the_page",
        old="self.pages[status] = make\n            return",
        new="self.pages[status] = make\n"
        "            self.pages.setdefault(500, make)\n"
        "            return",
    ),
    Mistake(
        "",
        "methods in upper case",
        "test_get_and_post",
        old="self.router.add(method, pattern, endpoint, name)",
        new="self.router.add(method.upper(), pattern, endpoint, name)",
    ),
    # Task 2
    Mistake(
        "X993",
        "calls the layer as layer(request, inside=…)",
        "test_requests_go_in_and_responses_come_out",
        old="                return answer(request, *inside)\n",
        new="                if inside:\n"
        "                    return answer(request, inside=inside[0])\n"
        "                return answer(request)\n",
    ),
    Mistake(
        "",
        "catches only what a layer raises before it has asked inside",
        "test_a_layer_may_fail",
        old=TRIES,
        new="            asked = []\n"
        "            def ask(r, i):\n"
        "                asked.append(r)\n"
        "                return i(r)\n"
        "            try:\n"
        "                return answer(request, *[lambda r, i=i: ask(r, i) for i in inside])\n"
        "            except Exception as error:\n"
        "                if asked:\n"
        "                    raise\n"
        "                return on_error(request, error)\n",
    ),
    Mistake(
        "",
        "puts each layer on twice",
        "test_first_layer_is_outermost",
        old="        composed = guarded(layer, composed)\n",
        new="        composed = guarded(layer, guarded(layer, composed))\n",
    ),
    Mistake(
        "X974",
        "the last layer is the outermost",
        "test_first_layer_is_outermost",
        old="in reversed(layers)",
        new="in layers",
    ),
    Mistake(
        "X975",
        "the loop's variables are used when they have changed",
        "test_first_layer_is_outermost",
        old=AROUND,
        new="    composed = guarded(handler)\n    for layer in reversed(layers):\n"
        "        composed = guarded(lambda request: layer(request, composed))\n    return composed\n",
    ),
    Mistake(
        "",
        "no layers at all",
        "test_first_layer_is_outermost",
        old=AROUND,
        new="    return guarded(handler)\n",
    ),
    Mistake(
        "",
        "only the first layer",
        "test_first_layer_is_outermost",
        old=AROUND,
        new="    return guarded(layers[0], guarded(handler)) if layers else guarded(handler)\n",
    ),
    Mistake(
        "",
        "every layer is directly around the handler",
        "test_first_layer_is_outermost",
        old="        composed = guarded(layer, composed)\n",
        new="        composed = guarded(layer, guarded(handler))\n",
    ),
    Mistake(
        "X974",
        "sorts the layers by their names",
        "test_first_layer_is_outermost",
        old="in reversed(layers)",
        new="in sorted(layers, key=lambda layer: layer.__name__)",
    ),
    Mistake(
        "",
        "drops what the layer returns",
        "test_first_layer_is_outermost",
        old=TRIES,
        new="            try:\n"
        "                response = answer(request, *inside)\n"
        "                return inside[0](request) if inside else response\n" + CAUGHT,
    ),
    Mistake(
        "X979",
        "every layer gets the client's request",
        "test_requests_go_in_and_responses_come_out",
        old=TRIES,
        new="            try:\n"
        "                return answer(request, *[lambda _r, i=i: i(request) for i in inside])\n"
        + CAUGHT,
    ),
    Mistake(
        "",
        "what is inside answers once",
        "test_requests_go_in_and_responses_come_out",
        old=TRIES,
        new="            done = {}\n"
        "            def once(r, i):\n"
        "                if r.target not in done:\n"
        "                    done[r.target] = i(r)\n"
        "                return done[r.target]\n"
        "            try:\n"
        "                return answer(request, *[lambda r, i=i: once(r, i) for i in inside])\n"
        + CAUGHT,
    ),
    Mistake(
        "X976",
        "one try around everything",
        "test_layers_see_a_response_to_an_error",
        edits=(
            Edit(old=TRIES, new="            return answer(request, *inside)\n"),
            Edit(
                old="    return composed\n\n\nclass Fields",
                new="    def outermost(request):\n        try:\n            return composed(request)\n"
                "        except Exception as error:\n            return on_error(request, error)\n\n"
                "    return outermost\n\n\nclass Fields",
            ),
        ),
    ),
    Mistake(
        "X976",
        "no try at all",
        "test_layers_see_a_response_to_an_error",
        old=TRIES,
        new="            return answer(request, *inside)\n",
    ),
    Mistake(
        "",
        "does not use the on_error that it was given",
        "test_layers_see_a_response_to_an_error",
        old="                return on_error(request, error)\n",
        new="                return Response(b'', 500)\n",
    ),
    Mistake(
        "",
        "calls failed() in place of on_error()",
        "test_layers_see_a_response_to_an_error",
        old="                return on_error(request, error)\n",
        new="                return failed(request, error)\n",
    ),
    Mistake(
        "X1591",
        "a try around each layer, and none around the handler",
        "test_layers_see_a_response_to_an_error",
        old="            try:\n                return answer(request, *inside)\n",
        new="            if not inside and layers:\n                return answer(request)\n"
        "            try:\n                return answer(request, *inside)\n",
    ),
    Mistake(
        "",
        "on_error gets its arguments in the other order",
        "test_layers_see_a_response_to_an_error",
        old="on_error(request, error)\n\n",
        new="on_error(error, request)\n\n",
    ),
    Mistake(
        "",
        "on_error gets the text of the error",
        "test_layers_see_a_response_to_an_error",
        old="on_error(request, error)\n\n",
        new="on_error(request, str(error))  # type: ignore\n\n",
    ),
    Mistake(
        "X976",
        "every layer answers a 500 again",
        "test_layers_see_a_response_to_an_error",
        old=TRIES,
        new="            try:\n                response = answer(request, *inside)\n"
        "                return on_error(request, RuntimeError('a bug')) "
        "if inside and response.status == 500 else response\n" + CAUGHT,
    ),
    Mistake(
        "X977",
        "a try around the handler only",
        "test_a_layer_may_fail",
        old="            try:\n                return answer(request, *inside)\n",
        new="            if inside:\n                return answer(request, *inside)\n"
        "            try:\n                return answer(request, *inside)\n",
    ),
    Mistake(
        "X977",
        "a try around the handler, and one around everything",
        "test_a_layer_may_fail",
        edits=(
            Edit(
                old="            try:\n                return answer(request, *inside)\n",
                new="            if inside:\n                return answer(request, *inside)\n"
                "            try:\n                return answer(request, *inside)\n",
            ),
            Edit(
                old="    return composed\n\n\nclass Fields",
                new="    def outermost(request):\n        try:\n            return composed(request)\n"
                "        except Exception as error:\n            return on_error(request, error)\n\n"
                "    return outermost\n\n\nclass Fields",
            ),
        ),
    ),
    Mistake(
        "",
        "on_error gets the client's request",
        "test_a_layer_may_fail",
        edits=(
            Edit(
                old="    composed = guarded(handler)\n",
                new="    first = []\n    composed = guarded(handler)\n",
            ),
            Edit(
                old="            try:\n                return answer(request, *inside)\n",
                new="            first.append(request)\n"
                "            try:\n                return answer(request, *inside)\n",
            ),
            Edit(
                old="                return on_error(request, error)\n",
                new="                at = -1 if answer is handler else 0\n"
                "                return on_error(first[at], error)\n",
            ),
        ),
    ),
    Mistake(
        "X978",
        "catches Ctrl-C",
        "test_only_exceptions_are_caught",
        old="            except Exception as error:\n                return on_error",
        new="            except BaseException as error:\n                return on_error",
    ),
    Mistake(
        "",
        "catches a list of errors",
        "test_only_exceptions_are_caught",
        old="            except Exception as error:\n                return on_error",
        new="            except (HttpError, RuntimeError, LookupError, ValueError) as error:\n"
        "                return on_error",
    ),
    Mistake(
        "X978",
        "catches sys.exit()",
        "test_only_exceptions_are_caught",
        old="            except Exception as error:\n                return on_error",
        new="            except (Exception, SystemExit) as error:\n                return on_error",
    ),
    Mistake(
        "",
        "lets an HttpError pass",
        "test_only_exceptions_are_caught",
        old=CAUGHT,
        new="            except HttpError:\n                raise\n" + CAUGHT,
    ),
    Mistake(
        "",
        "the default of on_error is nothing",
        "test_only_exceptions_are_caught",
        old="on_error: OnError = failed) -> Inner:",
        new="on_error: OnError = lambda request, error: Response(b'', 500)) -> Inner:",
    ),
    Mistake(
        "X980",
        "the first request uses up the layers",
        "test_serves_every_request_alike",
        old=AROUND,
        new="    left = list(layers)\n\n"
        "    def inside(request):\n"
        "        if not left:\n            return guarded(handler)(request)\n"
        "        return guarded(left.pop(0), inside)(request)\n\n"
        "    return inside\n",
    ),
    Mistake(
        "",
        "keeps the layers for all handlers in a list of the module",
        "test_serves_every_request_alike",
        edits=(
            Edit(
                old="    composed = guarded(handler)\n    for layer in reversed(layers):\n"
                "        composed = guarded(layer, composed)\n    return composed\n",
                new="    LAYERS[:] = layers\n\n    def answer_all(request):\n"
                "        composed = guarded(handler)\n        for layer in reversed(LAYERS):\n"
                "            composed = guarded(layer, composed)\n        return composed(request)\n\n"
                "    return answer_all\n",
            ),
            Edit(old="MAX_FIELDS = 1000", new="LAYERS: list = []\nMAX_FIELDS = 1000"),
        ),
    ),
    Mistake(
        "",
        "each layer is used once",
        "test_serves_every_request_alike",
        old="in reversed(layers)",
        new="in list(dict.fromkeys(reversed(layers)))",
    ),
    Mistake(
        "",
        "copies the request",
        "test_requests_go_in_and_responses_come_out",
        old="return answer(request, *inside)\n            except",
        new="return answer(Request(*[getattr(request, each) for each in Request._fields]), *inside)\n"
        "            except",
    ),
    # Task 3
    Mistake(
        "X981",
        "the last value of a name",
        "test_a_name_may_come_again",
        old=FIELDS,
        new="    return Fields(dict(fields).items())\n",
    ),
    Mistake(
        "X981",
        "the first value of a name",
        "test_a_name_may_come_again",
        old=FIELDS,
        new="    return Fields(dict(reversed(fields)).items())\n",
    ),
    Mistake(
        "",
        "sorts the fields",
        "test_a_name_may_come_again",
        old=FIELDS,
        new="    return Fields(sorted(fields))\n",
    ),
    Mistake(
        "X981",
        "drops what was there before",
        "test_a_name_may_come_again",
        old=FIELDS,
        new="    return Fields(dict.fromkeys(fields))\n",
    ),
    Mistake(
        "",
        "returns a list",
        "test_a_name_may_come_again",
        old=FIELDS,
        new="    return fields\n",
    ),
    Mistake(
        "",
        "names in lower case",
        "test_a_name_may_come_again",
        old="fields.append((unquote_plus(name),",
        new="fields.append((unquote_plus(name).lower(),",
    ),
    Mistake(
        "X984",
        "drops fields without a value",
        "test_a_value_may_be_empty",
        old=DECODED,
        new="        if value:\n            fields.append((unquote_plus(name), unquote_plus(value)))\n",
    ),
    Mistake(
        "X984",
        "drops fields without =",
        "test_a_value_may_be_empty",
        old="if piece]",
        new='if "=" in piece]',
    ),
    Mistake(
        "X1401",
        "drops fields without a name",
        "test_a_value_may_be_empty",
        old=DECODED,
        new="        if name:\n            fields.append((unquote_plus(name), unquote_plus(value)))\n",
    ),
    Mistake(
        "",
        "pairs are lists",
        "test_a_name_may_come_again",
        old=DECODED,
        new="        fields.append([unquote_plus(name), unquote_plus(value)])\n",
    ),
    Mistake(
        "",
        "HttpError without a section",
        "test_fields_are_counted",
        old=TOO_MANY,
        new='        raise HttpError(400, "too many fields")\n',
    ),
    Mistake(
        "X984",
        "leaves parse_qsl() at its defaults",
        "test_a_value_may_be_empty",
        old=FIELDS,
        new="    from urllib.parse import parse_qsl\n\n    return Fields(parse_qsl(text))\n",
    ),
    Mistake(
        "",
        "an empty piece is a field",
        "test_a_value_may_be_empty",
        old=PIECES,
        new='    pieces = text.split("&") if text else []\n',
    ),
    Mistake(
        "X985",
        "splits at each =",
        "test_a_value_may_be_empty",
        old='        name, _, value = piece.partition("=")\n        fields',
        new='        name, value = (piece.split("=") + [""])[:2]\n        fields',
    ),
    Mistake(
        "X985",
        "splits at the last =",
        "test_a_value_may_be_empty",
        old='        name, _, value = piece.partition("=")\n        fields',
        new='        name, eq, value = piece.rpartition("=")\n'
        "        name, value = (name, value) if eq else (value, '')\n        fields",
    ),
    Mistake(
        "",
        "splits at semicolons as well",
        "test_a_value_may_be_empty",
        old='text.split("&")',
        new='text.replace(";", "&").split("&")',
    ),
    Mistake(
        "",
        "drops spaces around a value",
        "test_a_value_may_be_empty",
        old="unquote_plus(value)))",
        new="unquote_plus(value).strip()))",
    ),
    Mistake(
        "X983",
        "a plus stays a plus",
        "test_splits_first_and_then_decodes",
        old=DECODED,
        new="        from urllib.parse import unquote\n"
        "        fields.append((unquote(name), unquote(value)))\n",
    ),
    Mistake(
        "X983",
        "replaces the plus after decoding",
        "test_splits_first_and_then_decodes",
        old=DECODED,
        new="        from urllib.parse import unquote\n"
        '        fields.append((unquote(name).replace("+", " "), unquote(value).replace("+", " ")))\n',
    ),
    Mistake(
        "",
        "does not decode names",
        "test_splits_first_and_then_decodes",
        old="fields.append((unquote_plus(name),",
        new="fields.append((name,",
    ),
    Mistake(
        "X982",
        "decodes first",
        "test_splits_first_and_then_decodes",
        edits=(
            Edit(old=PIECES, new='    pieces = [p for p in unquote_plus(text).split("&") if p]\n'),
            Edit(old=DECODED, new="        fields.append((name, value))\n"),
        ),
    ),
    Mistake(
        "X982",
        "decodes a field, and then splits it",
        "test_splits_first_and_then_decodes",
        old=FIELD,
        new='        name, _, value = unquote_plus(piece).partition("=")\n'
        "        fields.append((name, value))\n",
    ),
    Mistake(
        "M93",
        "decodes twice",
        "test_splits_first_and_then_decodes",
        old="unquote_plus(value)))",
        new="unquote_plus(unquote_plus(value))))",
    ),
    Mistake(
        "X986",
        "is strict about UTF-8",
        "test_what_cannot_be_decoded_stays",
        old="unquote_plus(value)))",
        new='unquote_plus(value, errors="strict")))',
    ),
    Mistake(
        "",
        "leaves out octets that are not UTF-8",
        "test_what_cannot_be_decoded_stays",
        old="unquote_plus(value)))",
        new='unquote_plus(value, errors="ignore")))',
    ),
    Mistake(
        "",
        "octets are latin-1",
        "test_what_cannot_be_decoded_stays",
        old="unquote_plus(value)))",
        new='unquote_plus(value, encoding="latin-1")))',
    ),
    Mistake(
        "X986",
        "refuses a bad escape",
        "test_what_cannot_be_decoded_stays",
        old=DECODED,
        new="        from .ch13_routing import decode\n"
        '        fields.append((decode(name.replace("+", " ")), decode(value.replace("+", " "))))\n',
    ),
    Mistake(
        "X987",
        "has no limit",
        "test_fields_are_counted",
        old=LIMIT + TOO_MANY,
        new="",
    ),
    Mistake(
        "",
        "the limit itself is too many",
        "test_fields_are_counted",
        old=LIMIT,
        new="    if len(pieces) >= MAX_FIELDS:\n",
    ),
    Mistake(
        "",
        "counts empty pieces",
        "test_fields_are_counted",
        old=LIMIT,
        new='    if text.count("&") > MAX_FIELDS:\n',
    ),
    Mistake(
        "",
        "raises 413",
        "test_fields_are_counted",
        old='HttpError(400, f"more than',
        new='HttpError(413, f"more than',
    ),
    Mistake(
        "",
        "drops what is too much",
        "test_fields_are_counted",
        old=TOO_MANY,
        new="        pieces = pieces[:MAX_FIELDS]\n",
    ),
    Mistake(
        "X987",
        "only one too many is refused",
        "test_fields_are_counted",
        old=LIMIT,
        new="    if len(pieces) == MAX_FIELDS + 1:\n",
    ),
    Mistake(
        "",
        "decodes names as Latin-1",
        "test_what_cannot_be_decoded_stays",
        old="fields.append((unquote_plus(name),",
        new='fields.append((unquote_plus(name, "latin-1"),',
    ),
    Mistake(
        "",
        "counts names that differ",
        "test_fields_are_counted",
        old=LIMIT,
        new="    if len(set(pieces)) > MAX_FIELDS:\n",
    ),
    Mistake(
        "X984",
        "drops an = at the end",
        "test_a_value_may_be_empty",
        old=PIECES,
        new='    pieces = [piece for piece in text.rstrip("=").split("&") if piece]\n',
    ),
    Mistake(
        "",
        "drops a question mark in front",
        "test_a_value_may_be_empty",
        old='text.split("&")',
        new='text.removeprefix("?").split("&")',
    ),
    Mistake(
        "",
        "cuts at #",
        "test_a_value_may_be_empty",
        old='text.split("&")',
        new='text.partition("#")[0].split("&")',
    ),
    Mistake(
        "",
        "splits at semicolons if there is no &",
        "test_a_value_may_be_empty",
        old='text.split("&")',
        new='text.split("&" if "&" in text else ";")',
    ),
    Mistake(
        "",
        "drops white space around a query",
        "test_a_value_may_be_empty",
        old='text.split("&")',
        new='text.strip().split("&")',
    ),
    Mistake(
        "",
        "drops white space around a name",
        "test_a_value_may_be_empty",
        old="(unquote_plus(name),",
        new="(unquote_plus(name).strip(),",
    ),
    Mistake(
        "",
        "drops [] from a name",
        "test_a_value_may_be_empty",
        old="(unquote_plus(name),",
        new='(unquote_plus(name).removesuffix("[]"),',
    ),
    # Task 4
    Mistake(
        "",
        "decodes names",
        "test_values_are_taken_as_they_are",
        old=NAME,
        new='        name = unquote_plus(name.strip(" \\t"))\n',
    ),
    Mistake(
        "",
        "tests the name before it drops white space",
        "test_a_bad_cookie_loses_only_itself",
        edits=(
            Edit(old=NAME, new=""),
            Edit(
                old=KEPT,
                new='            cookies.setdefault(name.strip(" \\t"), value.strip(" \\t"))\n',
            ),
        ),
    ),
    Mistake(
        "",
        "splits at commas as well",
        "test_a_bad_cookie_loses_only_itself",
        old='field.split(";")',
        new='re.split("[;,]", field)',
    ),
    Mistake(
        "X985",
        "splits at each =",
        "test_reads_cookies",
        old=COOKIE,
        new='        name, value = piece.split("=") if "=" in piece else ("", "")\n'
        '        equals = "="\n',
    ),
    Mistake(
        "",
        "expects a space after each semicolon",
        "test_reads_cookies",
        old='field.split(";")',
        new='field.split("; ")',
    ),
    Mistake(
        "",
        "leaves spaces around a name",
        "test_reads_cookies",
        old=NAME,
        new='        name = name.lstrip(" \\t")\n',
    ),
    Mistake(
        "",
        "leaves spaces around a value",
        "test_reads_cookies",
        old='value.strip(" \\t"))',
        new="value)",
    ),
    Mistake(
        "",
        "names in lower case",
        "test_reads_cookies",
        old=NAME,
        new='        name = name.strip(" \\t").lower()\n',
    ),
    Mistake(
        "X1400",
        "drops cookies without a value",
        "test_reads_cookies",
        old=IS_COOKIE,
        new="        if value.strip() and name:\n",
    ),
    Mistake(
        "X985",
        "splits at the last =",
        "test_reads_cookies",
        old=COOKIE,
        new='        name, equals, value = piece.rpartition("=")\n',
    ),
    Mistake(
        "X988",
        "one bad cookie is an error",
        "test_a_bad_cookie_loses_only_itself",
        old=IS_COOKIE,
        new="        if piece.strip() and not equals:\n            raise ValueError(piece)\n"
        "        if equals and name:\n",
    ),
    Mistake(
        "X988",
        "stops at a bad cookie",
        "test_a_bad_cookie_loses_only_itself",
        old=IS_COOKIE,
        new="        if not equals and name:\n            break\n        if equals and name:\n",
    ),
    Mistake(
        "",
        "keeps a cookie without =",
        "test_a_bad_cookie_loses_only_itself",
        old=IS_COOKIE,
        new="        if name:\n",
    ),
    Mistake(
        "",
        "keeps a cookie without a name",
        "test_a_bad_cookie_loses_only_itself",
        old=IS_COOKIE,
        new="        if equals:\n",
    ),
    Mistake(
        "",
        "a quotation mark swallows what follows",
        "test_a_bad_cookie_loses_only_itself",
        old='field.split(";")',
        new='re.split(r\';(?=(?:[^"]*"[^"]*")*[^"]*$)\', field)',
    ),
    Mistake(
        "",
        "takes names only that are tokens",
        "test_a_bad_cookie_loses_only_itself",
        old=IS_COOKIE,
        new="        if equals and is_token(name):\n",
    ),
    Mistake(
        "",
        "takes a cookie for an attribute",
        "test_a_bad_cookie_loses_only_itself",
        old=IS_COOKIE,
        new='        if equals and name and name not in ("path", "domain"):\n',
    ),
    Mistake(
        "X989",
        "the last cookie counts",
        "test_the_first_cookie_counts",
        old=KEPT,
        new='            cookies[name] = value.strip(" \\t")\n',
    ),
    Mistake(
        "X1400",
        "the first that is not empty counts",
        "test_the_first_cookie_counts",
        old=IS_COOKIE,
        new="        if equals and name and not cookies.get(name):\n"
        "            cookies.pop(name, None)\n",
    ),
    Mistake(
        "X1400",
        "writes over a cookie whose value is empty",
        "test_the_first_cookie_counts",
        old=IS_COOKIE + KEPT,
        new='        value = value.strip(" \\t")\n'
        "        if equals and name and not cookies.get(name):\n"
        "            cookies[name] = value\n",
    ),
    Mistake(
        "",
        "joins cookies of the same name",
        "test_the_first_cookie_counts",
        old=KEPT,
        new='            value = value.strip(" \\t")\n'
        '            cookies[name] = f"{cookies[name]}, {value}" if name in cookies else value\n',
    ),
    Mistake(
        "X990",
        "decodes values",
        "test_values_are_taken_as_they_are",
        old=KEPT,
        new='            cookies.setdefault(name, unquote_plus(value.strip(" \\t")))\n',
    ),
    Mistake(
        "X990",
        "takes quotation marks off",
        "test_values_are_taken_as_they_are",
        old=KEPT,
        new='            value = value.strip(" \\t")\n'
        "            if value[:1] == value[-1:] == '\"' and len(value) > 1:\n"
        "                value = value[1:-1]\n"
        "            cookies.setdefault(name, value)\n",
    ),
    Mistake(
        "X991",
        "strips whatever Unicode calls white space",
        "test_values_are_taken_as_they_are",
        old='value.strip(" \\t"))',
        new="value.strip())",
    ),
    Mistake(
        "X991",
        "strips whatever Unicode calls white space from a name",
        "test_values_are_taken_as_they_are",
        old=NAME,
        new="        name = name.strip()\n",
    ),
    Mistake(
        "",
        "leaves out names with $",
        "test_values_are_taken_as_they_are",
        old="        if equals and name:\n",
        new='        if equals and name and not name.startswith("$"):\n',
    ),
    Mistake(
        "X991",
        "drops line ends",
        "test_values_are_taken_as_they_are",
        old='value.strip(" \\t"))',
        new='value.strip(" \\t\\r\\n"))',
    ),
    Mistake(
        "",
        "keeps 50 cookies",
        "test_values_are_taken_as_they_are",
        old="        if equals and name:\n",
        new="        if equals and name and len(cookies) < 50:\n",
    ),
    # Task 5
    Mistake(
        "",
        "forgets the =",
        "test_pairs_are_written_as_they_are",
        old=PAIR,
        new='    return f"{name}: {value}"\n',
    ),
    Mistake(
        "X990",
        "quotes the value",
        "test_pairs_are_written_as_they_are",
        old=PAIR,
        new="    return f'{name}=\"{value}\"'\n",
    ),
    Mistake(
        "X990",
        "encodes the value",
        "test_pairs_are_written_as_they_are",
        old=PAIR,
        new='    from urllib.parse import quote\n\n    return f"{name}={quote(value)}"\n',
    ),
    Mistake(
        "",
        "refuses an empty value",
        "test_pairs_are_written_as_they_are",
        old=VALUE_TEST,
        new=VALUE_TEST.replace("if", "if not value or"),
    ),
    Mistake(
        "",
        "takes letters and digits only",
        "test_pairs_are_written_as_they_are",
        old=NOT_OCTETS,
        new="not value.isalnum()",
    ),
    Mistake(
        "",
        "takes names of letters and digits only",
        "test_pairs_are_written_as_they_are",
        old="    if not is_token(name):\n",
        new="    if not name.isidentifier():\n",
    ),
    Mistake(
        "",
        "names in lower case",
        "test_pairs_are_written_as_they_are",
        old=PAIR,
        new='    return f"{name.lower()}={value}"\n',
    ),
    Mistake(
        "",
        "returns the field with its name",
        "test_pairs_are_written_as_they_are",
        old=PAIR,
        new='    return "Set-Cookie", f"{name}={value}"  # type: ignore\n',
    ),
    Mistake(
        "X992",
        "does not test the value",
        "test_names_and_values_are_tested",
        old=NOT_OCTETS + " or ",
        new="",
    ),
    Mistake(
        "X992",
        "refuses only control characters",
        "test_names_and_values_are_tested",
        old=NOT_OCTETS,
        new="not value.isprintable()",
    ),
    Mistake(
        "X992",
        "refuses a value only if all its characters are wrong",
        "test_names_and_values_are_tested",
        old=NOT_OCTETS,
        new="value and not set(value) & set(COOKIE_OCTETS)",
    ),
    Mistake(
        "",
        "refuses only a semicolon",
        "test_names_and_values_are_tested",
        old=NOT_OCTETS,
        new='";" in value',
    ),
    Mistake(
        "",
        "refuses only control characters and semicolons",
        "test_names_and_values_are_tested",
        old=NOT_OCTETS,
        new='(";" in value or not value.isprintable())',
    ),
    Mistake(
        "",
        "tests both ends of a value",
        "test_names_and_values_are_tested",
        old=NOT_OCTETS,
        new='(";" in value or value.lstrip(COOKIE_OCTETS) == value != "" '
        "or value.rstrip(COOKIE_OCTETS) == value != '')",
    ),
    Mistake(
        "",
        "drops spaces around a value",
        "test_names_and_values_are_tested",
        old=NAME_TEST,
        new=NAME_TEST + "    value = value.strip()\n",
    ),
    Mistake(
        "",
        "a regular expression that lets a last line end pass",
        "test_names_and_values_are_tested",
        old=NOT_OCTETS,
        new='not re.match(f"[{re.escape(COOKIE_OCTETS)}]*$", value)',
    ),
    Mistake(
        "",
        "does not test the name",
        "test_names_and_values_are_tested",
        old=NAME_TEST,
        new="",
    ),
    Mistake(
        "",
        "refuses only an empty name",
        "test_names_and_values_are_tested",
        old="    if not is_token(name):\n",
        new="    if not name:\n",
    ),
    Mistake(
        "",
        "tests the name as if it were a value",
        "test_names_and_values_are_tested",
        old="    if not is_token(name):\n",
        new="    if not name or name.strip(COOKIE_OCTETS):\n",
    ),
    Mistake(
        "",
        "encodes a value instead of refusing it",
        "test_names_and_values_are_tested",
        old=NAME_TEST,
        new="    from urllib.parse import quote\n"
        "    value = quote(value) if set(value) - set(COOKIE_OCTETS) else value\n" + NAME_TEST,
    ),
    Mistake(
        "",
        "returns None instead of raising ValueError",
        "test_names_and_values_are_tested",
        old='        raise ValueError(f"this is not the name of a cookie: {name!r}")\n',
        new="        return None  # type: ignore\n",
    ),
    Mistake(
        "",
        "looks for the whole value in the characters that are allowed",
        "test_pairs_are_written_as_they_are",
        old=NOT_OCTETS,
        new="value not in COOKIE_OCTETS",
    ),
    Mistake(
        "X995",
        "has no limit",
        "test_long_cookies_are_refused",
        old=" or len(name + value) > MAX_COOKIE",
        new="",
    ),
    Mistake(
        "",
        "counts the value only",
        "test_long_cookies_are_refused",
        old="len(name + value) > MAX_COOKIE",
        new="len(value) > MAX_COOKIE",
    ),
    Mistake(
        "",
        "counts each alone",
        "test_long_cookies_are_refused",
        old="len(name + value) > MAX_COOKIE",
        new="max(len(name), len(value)) > MAX_COOKIE",
    ),
    Mistake(
        "",
        "the limit itself is too much",
        "test_long_cookies_are_refused",
        old="len(name + value) > MAX_COOKIE",
        new="len(name + value) >= MAX_COOKIE",
    ),
    Mistake(
        "",
        "counts the = as well",
        "test_long_cookies_are_refused",
        old="len(name + value) > MAX_COOKIE",
        new='len(f"{name}={value}") > MAX_COOKIE',
    ),
    Mistake(
        "",
        "cuts what is too long",
        "test_long_cookies_are_refused",
        edits=(
            Edit(old=" or len(name + value) > MAX_COOKIE", new=""),
            Edit(old=PAIR, new='    return f"{name}={value}"[: MAX_COOKIE + 1]\n'),
        ),
    ),
    Mistake(
        "",
        "refuses names with $",
        "test_pairs_are_written_as_they_are",
        old="    if not is_token(name):\n",
        new='    if not is_token(name) or name.startswith("$"):\n',
    ),
    # Task 6
    Mistake(
        "X996",
        "signs the value only",
        "test_signs_value_and_time",
        old=SIGNED,
        new='        return f"{to_text(value)}.{now}.{signature(self.keys[0], to_text(value))}"\n',
    ),
    Mistake(
        "",
        "signs the octets of the value",
        "test_signs_value_and_time",
        old=SIGNED,
        new='        signed = f"{to_text(value)}.{now}"\n'
        '        return f"{signed}.{signature(self.keys[0], repr(value) + str(now))}"\n',
    ),
    Mistake(
        "",
        "leaves the value as it is",
        "test_signs_value_and_time",
        old='signed = f"{to_text(value)}.{now}"',
        new="signed = f\"{value.decode('latin-1')}.{now}\"",
    ),
    Mistake(
        "",
        "forgets the last dot",
        "test_signs_value_and_time",
        old='return f"{signed}.{signature(self.keys[0], signed)}"',
        new='return f"{signed}{signature(self.keys[0], signed)}"',
    ),
    Mistake(
        "X998",
        "signs with the last key",
        "test_signs_value_and_time",
        old="signature(self.keys[0], signed)",
        new="signature(self.keys[-1], signed)",
    ),
    Mistake(
        "",
        "returns the text of the value",
        "test_what_was_signed_comes_back",
        old=VALUE,
        new="        return to_octets(value).decode('latin-1')  # type: ignore\n",
    ),
    Mistake(
        "",
        "returns the value as it was written",
        "test_what_was_signed_comes_back",
        old=VALUE,
        new="        return value.encode()\n",
    ),
    Mistake(
        "",
        "refuses an empty value",
        "test_what_was_signed_comes_back",
        old=VALUE,
        new='        if not value:\n            raise BadSignature("empty")\n' + VALUE,
    ),
    Mistake(
        "",
        "splits at the first dot",
        "test_what_was_signed_comes_back",
        old='signed, _, claimed = text.rpartition(".")',
        new='signed, _, claimed = text.partition(".")',
    ),
    Mistake(
        "X997",
        "looks at no signature",
        "test_forged_texts_are_refused",
        old=COMPARED + '            raise BadSignature("nobody here has signed this")\n',
        new="",
    ),
    Mistake(
        "X997",
        "the beginning of the signature is enough",
        "test_forged_texts_are_refused",
        old="same_text(signature(key, signed), claimed) for",
        new="claimed and signature(key, signed).startswith(claimed) for",
    ),
    Mistake(
        "X997",
        "compares octets, which several texts have",
        "test_forged_texts_are_refused",
        old="same_text(signature(key, signed), claimed) for",
        new="len(claimed) == 43 and claimed.isascii() "
        "and to_octets(signature(key, signed)) == to_octets(claimed) for",
    ),
    Mistake(
        "X997",
        "ignores case",
        "test_forged_texts_are_refused",
        old="same_text(signature(key, signed), claimed) for",
        new="signature(key, signed).lower() == claimed.lower() for",
    ),
    Mistake(
        "X997",
        "ignores white space",
        "test_forged_texts_are_refused",
        old='text.rpartition(".")',
        new='text.strip().rpartition(".")',
    ),
    Mistake(
        "X997",
        "an empty signature is good",
        "test_forged_texts_are_refused",
        old="claimed) for",
        new="claimed or signature(key, signed)) for",
    ),
    Mistake(
        "X996",
        "reads the time as a number before it compares",
        "test_forged_texts_are_refused",
        old=CLAIMED,
        new=CLAIMED
        + "        value, _, then = signed.partition('.')\n"
        + "        signed = f'{value}.{int(then)}' if then.isdigit() else signed\n",
    ),
    Mistake(
        "X997",
        "expects three parts",
        "test_any_text_is_refused",
        old='        signed, _, claimed = text.rpartition(".")\n',
        new='        first, second, claimed = text.split(".")\n        signed = f"{first}.{second}"\n',
    ),
    Mistake(
        "X997",
        "looks at the age first",
        "test_any_text_is_refused",
        edits=(
            Edit(
                old=CLAIMED,
                new=CLAIMED
                + '        if now - int(signed.partition(".")[2]) > max_age:\n'
                + '            raise BadSignature("old")\n',
            ),
        ),
    ),
    Mistake(
        "X997",
        "compares texts that may not be ASCII",
        "test_any_text_is_refused",
        old="same_text(signature(key, signed), claimed) for",
        new="hmac.compare_digest(signature(key, signed), claimed) for",
    ),
    Mistake(
        "X997",
        "decodes before it has compared",
        "test_forged_texts_are_refused",
        old=COMPARED,
        new="        to_octets(signed.partition('.')[0])\n" + COMPARED,
    ),
    Mistake(
        "X997",
        "compares octets of UTF-8, which some texts do not have",
        "test_any_text_is_refused",
        old="same_text(signature(key, signed), claimed) for",
        new="hmac.compare_digest(signature(key, signed).encode(), claimed.encode()) for",
    ),
    Mistake(
        "",
        "raises ValueError",
        "test_forged_texts_are_refused",
        old='raise BadSignature("nobody here has signed this")',
        new='raise ValueError("nobody here has signed this")',
    ),
    Mistake(
        "X998",
        "tries the first key only",
        "test_each_key_is_accepted",
        old="claimed) for key in self.keys",
        new="claimed) for key in self.keys[:1]",
    ),
    Mistake(
        "X998",
        "tries the last key only",
        "test_each_key_is_accepted",
        old="claimed) for key in self.keys",
        new="claimed) for key in self.keys[-1:]",
    ),
    Mistake(
        "",
        "every key has to fit",
        "test_each_key_is_accepted",
        old="        if not any(same_text",
        new="        if not all(same_text",
    ),
    Mistake(
        "X998",
        "tries two keys",
        "test_each_key_is_accepted",
        old="claimed) for key in self.keys",
        new="claimed) for key in self.keys[:2]",
    ),
    Mistake(
        "",
        "refuses at the first key that does not fit",
        "test_each_key_is_accepted",
        old=COMPARED + '            raise BadSignature("nobody here has signed this")\n',
        new="        for key in self.keys:\n"
        "            if not same_text(signature(key, signed), claimed):\n"
        '                raise BadSignature("nobody here has signed this")\n',
    ),
    Mistake(
        "",
        "decides at the first key",
        "test_each_key_is_accepted",
        old=COMPARED + '            raise BadSignature("nobody here has signed this")\n',
        new="        for key in self.keys:\n"
        "            if same_text(signature(key, signed), claimed):\n"
        "                break\n"
        '            raise BadSignature("nobody here has signed this")\n',
    ),
    Mistake(
        "X998",
        "asks for the first key",
        "test_each_key_is_accepted",
        old=COMPARED,
        new="        if not same_text(signature(self.keys[0], signed), claimed):\n",
    ),
    Mistake(
        "X1592",
        "compares with ==",
        "test_the_signature_comes_first",
        old="same_text(signature(key, signed), claimed) for",
        new="signature(key, signed) == claimed for",
    ),
    Mistake(
        "X1592",
        "looks for the signature in a list",
        "test_the_signature_comes_first",
        old=COMPARED,
        new="        if claimed not in [signature(key, signed) for key in self.keys]:\n",
    ),
    Mistake(
        "X997",
        "reads everything first, and compares then",
        "test_the_signature_comes_first",
        old=CLAIMED
        + COMPARED
        + '            raise BadSignature("nobody here has signed this")\n'
        + '        value, _, then = signed.partition(".")\n',
        new="""        try:
            value, then, claimed = text.split(".")
            old = now - int(then) > max_age
            to_octets(value)
        except ValueError:
            raise BadSignature("this cannot be read") from None
        signed = f"{value}.{then}"
"""
        + COMPARED
        + '            raise BadSignature("nobody here has signed this")\n'
        + "        if old:\n"
        + '            raise BadSignature("this is old")\n',
    ),
    Mistake(
        "X997",
        "makes the text again, and compares all of it",
        "test_the_signature_comes_first",
        old=CLAIMED
        + COMPARED
        + '            raise BadSignature("nobody here has signed this")\n'
        + '        value, _, then = signed.partition(".")\n'
        + TOO_OLD
        + VALUE,
        new="""        parts = text.split(".")
        if len(parts) == 3 and parts[1].isdecimal() and len(parts[1]) < 20:
            try:
                value = to_octets(parts[0])
            except ValueError:
                raise BadSignature("not base64") from None
            if any(Signer(key).sign(value, int(parts[1])) == text for key in self.keys):
                if now - int(parts[1]) <= max_age:
                    return value
        raise BadSignature("no")
""",
    ),
    Mistake(
        "X997",
        "decodes the value first, and keeps errors to itself",
        "test_the_signature_comes_first",
        old=COMPARED,
        new="""        try:
            to_octets(signed.partition(".")[0])
        except ValueError:
            raise BadSignature("this cannot be read") from None
"""
        + COMPARED,
    ),
    Mistake(
        "X997",
        "reads the time first, and keeps errors to itself",
        "test_the_signature_comes_first",
        old=COMPARED,
        new="""        try:
            if int(signed.partition(".")[2]) < 0:
                raise BadSignature("no such time")
        except ValueError:
            raise BadSignature("this cannot be read") from None
"""
        + COMPARED,
    ),
    Mistake(
        "X999",
        "does not look at the age",
        "test_old_texts_are_refused",
        old=TOO_OLD,
        new="",
    ),
    Mistake(
        "",
        "the last second is too late",
        "test_old_texts_are_refused",
        old="        if now - int(then) > max_age:\n",
        new="        if now - int(then) >= max_age:\n",
    ),
    Mistake(
        "",
        "swaps the times",
        "test_old_texts_are_refused",
        old="        if now - int(then) > max_age:\n",
        new="        if int(then) - now > max_age:\n",
    ),
    Mistake(
        "",
        "compares the times as texts",
        "test_old_texts_are_refused",
        old="        if now - int(then) > max_age:\n",
        new="        if str(now - max_age) > then:\n",
    ),
    Mistake(
        "",
        "uses the clock",
        "test_old_texts_are_refused",
        old="        if now - int(then) > max_age:\n",
        new="        if time.time() - int(then) > max_age:\n",
    ),
    Mistake(
        "",
        "raises an error of its own",
        "test_old_texts_are_refused",
        old='            raise BadSignature("this was signed too long ago")\n',
        new='            raise ValueError("this was signed too long ago")\n',
    ),
    Mistake(
        "",
        "refuses a time that is later than now",
        "test_old_texts_are_refused",
        old="        if now - int(then) > max_age:\n",
        new="        if not 0 <= now - int(then) <= max_age:\n",
    ),
    Mistake(
        "",
        "max_age=0 means that there is no limit",
        "test_old_texts_are_refused",
        old="        if now - int(then) > max_age:\n",
        new="        if max_age and now - int(then) > max_age:\n",
    ),
    Mistake(
        "",
        "accepts a time that is one day later, and not more",
        "test_old_texts_are_refused",
        old="        if now - int(then) > max_age:\n",
        new="        if now - int(then) > max_age or int(then) - now > 86400:\n",
    ),
    Mistake(
        "",
        "forgets keys after a refusal",
        "test_each_key_is_accepted",
        old='            raise BadSignature("nobody here has signed this")\n',
        new="            self.keys = self.keys[:1]\n"
        '            raise BadSignature("nobody here has signed this")\n',
    ),
)
