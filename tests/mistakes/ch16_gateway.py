"""Wrong answers to chapter 16 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

TEST = 'if "_" in name or name.lower() in ABOUT_CONTENT:'
SKIP = """        if "_" in name or name.lower() in ABOUT_CONTENT:
            continue
"""
SEPARATOR = """        separator = "; " if name.lower() == "cookie" else ", "
"""
KEY = """f"HTTP_{name.upper().replace('-', '_')}\""""
JOINED = """\
        variables[f"HTTP_{name.upper().replace('-', '_')}"] = separator.join(headers.get_all(name))
    return variables
"""
PARTS = """    environ = copied_variables(request, name, secured) | field_variables(request.headers)
"""
HOST = """    if host:
        environ["HTTP_HOST"] = host
"""
SPLIT = """    host, path, environ["QUERY_STRING"] = split_target(request.target)
"""
PATH = """    environ["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1")
"""
LENGTH = """    if "content-length" in request.headers or "transfer-encoding" in request.headers:
        environ["CONTENT_LENGTH"] = str(len(request.content))
"""
HAS_CONTENT = 'if "content-length" in request.headers or "transfer-encoding" in request.headers:'
INPUT = """    environ["wsgi.input"] = BytesIO(request.content)
    return environ
"""
AGAIN = """        if exc_info and self.is_out:
            raise exc_info[1].with_traceback(exc_info[2])
"""
TWICE = """        if self.was_called and not exc_info:
            raise RuntimeError("start_response() was called again, without exc_info")
"""
CALLED = """        self.was_called, self.status = True, ""
        check_head(status, fields)
"""
KEPT_LENGTH = """        self.length = length_of(fields)
"""
KEPT = """        self.status, self.fields = status, list(fields)
        return self.write
"""
CALL = """    blocks = application(environ, started.start_response)
"""
TAKEN = """        others = map(checked, blocks)
        first = next(filter(None, others), b"")
        return started.response(first, others, blocks)
"""
FIRST = """        first = next(filter(None, others), b"")
"""
OTHERS = """        others = map(checked, blocks)
"""
ANSWER = """        return started.response(first, others, blocks)
"""
CLOSE = """    except BaseException:
        close_content(blocks)
        raise
"""
TRY = """    try:
        others = map(checked, blocks)
        first = next(filter(None, others), b"")
        return started.response(first, others, blocks)
    except BaseException:
        close_content(blocks)
        raise
"""
TAKES = """    first = next(pieces, b"")
"""
FRAME = """    fields, pieces = frame(response, request._replace(version=(1, 0)))
"""
STATUS = """    status = f"{response.status} {REASONS.get(response.status, '')}"
"""
START = """    start_response(status, [*response.fields, *fields])
"""
OUT = """    return Outgoing(first, pieces, response.content)
"""

MISTAKES = (
    # Task 1
    Mistake(
        "",
        "forgets to replace the hyphens",
        "test_fields_become_variables",
        old=KEY,
        new='f"HTTP_{name.upper()}"',
    ),
    Mistake(
        "",
        "replaces the first hyphen only",
        "test_fields_become_variables",
        old=KEY,
        new="f\"HTTP_{name.upper().replace('-', '_', 1)}\"",
    ),
    Mistake(
        "",
        "keeps the case",
        "test_fields_become_variables",
        old=KEY,
        new="f\"HTTP_{name.replace('-', '_')}\"",
    ),
    Mistake(
        "",
        "writes lower case",
        "test_fields_become_variables",
        old=KEY,
        new="f\"HTTP_{name.lower().replace('-', '_')}\"",
    ),
    Mistake(
        "",
        "writes HTTP_ in lower case",
        "test_fields_become_variables",
        old=KEY,
        new="f\"http_{name.upper().replace('-', '_')}\"",
    ),
    Mistake(
        "",
        "leaves out HTTP_",
        "test_fields_become_variables",
        old=KEY,
        new="name.upper().replace('-', '_')",
    ),
    Mistake(
        "",
        "replaces every character that is not a letter",
        "test_fields_become_variables",
        old=KEY,
        new='"HTTP_" + "".join(c if c.isalnum() else "_" for c in name.upper())',
    ),
    Mistake(
        "",
        "leaves out a field without a value",
        "test_fields_become_variables",
        old=TEST,
        new='if not _value or "_" in name or name.lower() in ABOUT_CONTENT:',
    ),
    Mistake(
        "",
        "strips the value",
        "test_fields_become_variables",
        old=JOINED,
        new="        variables[f\"HTTP_{name.upper().replace('-', '_')}\"] = "
        "separator.join(headers.get_all(name)).strip()\n"
        "    return variables\n",
    ),
    Mistake(
        "",
        "returns inside the loop",
        "test_fields_become_variables",
        old=JOINED,
        new="        variables[f\"HTTP_{name.upper().replace('-', '_')}\"] = "
        "separator.join(headers.get_all(name))\n"
        "        return variables\n"
        "    return variables\n",
    ),
    Mistake(
        "",
        "returns nothing",
        "test_fields_become_variables",
        old=JOINED,
        new="        variables[f\"HTTP_{name.upper().replace('-', '_')}\"] = "
        "separator.join(headers.get_all(name))\n"
        "    return None  # type: ignore\n",
    ),
    Mistake(
        "",
        "returns bytes",
        "test_fields_become_variables",
        old=JOINED,
        new="        variables[f\"HTTP_{name.upper().replace('-', '_')}\"] = "
        "separator.join(headers.get_all(name)).encode()  # type: ignore\n"
        "    return variables\n",
    ),
    Mistake(
        "",
        "returns lists",
        "test_fields_become_variables",
        old=JOINED,
        new="        variables[f\"HTTP_{name.upper().replace('-', '_')}\"] = "
        "headers.get_all(name)  # type: ignore\n"
        "    return variables\n",
    ),
    Mistake(
        "",
        "drops an underscore in the value as well",
        "test_fields_become_variables",
        old=TEST,
        new='if "_" in name + _value or name.lower() in ABOUT_CONTENT:',
    ),
    Mistake(
        "X1440",
        "keeps the last line",
        "test_lines_of_a_name_are_joined",
        old=JOINED,
        new="        variables[f\"HTTP_{name.upper().replace('-', '_')}\"] = _value\n"
        "    return variables\n",
    ),
    Mistake(
        "",
        "keeps the first line",
        "test_lines_of_a_name_are_joined",
        old=JOINED,
        new="        variables.setdefault(f\"HTTP_{name.upper().replace('-', "
        "'_')}\", _value)\n"
        "    return variables\n",
    ),
    Mistake(
        "",
        "joins without a space",
        "test_lines_of_a_name_are_joined",
        old=SEPARATOR,
        new='        separator = "; " if name.lower() == "cookie" else ","\n',
    ),
    Mistake(
        "",
        "joins each value once",
        "test_lines_of_a_name_are_joined",
        old=JOINED,
        new="        variables[f\"HTTP_{name.upper().replace('-', '_')}\"] = "
        "separator.join(dict.fromkeys(headers.get_all(name)))\n"
        "    return variables\n",
    ),
    Mistake(
        "",
        "sorts the values",
        "test_lines_of_a_name_are_joined",
        old=JOINED,
        new="        variables[f\"HTTP_{name.upper().replace('-', '_')}\"] = "
        "separator.join(sorted(headers.get_all(name)))\n"
        "    return variables\n",
    ),
    Mistake(
        "",
        "drops empty values when it joins",
        "test_lines_of_a_name_are_joined",
        old=JOINED,
        new="        variables[f\"HTTP_{name.upper().replace('-', '_')}\"] = "
        "separator.join(v for v in headers.get_all(name) if v)\n"
        "    return variables\n",
    ),
    Mistake(
        "",
        "adds each value to what is there, by the name as it was written",
        "test_lines_of_a_name_are_joined",
        old=JOINED,
        new="        same = [v for n, v in headers if n == name]\n"
        "        variables[f\"HTTP_{name.upper().replace('-', '_')}\"] = "
        "separator.join(same)\n"
        "    return variables\n",
    ),
    Mistake(
        "",
        "joins only lines that follow each other",
        "test_lines_of_a_name_are_joined",
        old=JOINED,
        new='        last = variables.get("last") == name.lower()\n'
        "        variables[f\"HTTP_{name.upper().replace('-', '_')}\"] = "
        "variables[f\"HTTP_{name.upper().replace('-', '_')}\"] + separator + "
        "_value if last else _value\n"
        '        variables["last"] = name.lower()\n'
        '    variables.pop("last", None)\n'
        "    return variables\n",
    ),
    Mistake(
        "X1441",
        "joins cookies by commas",
        "test_cookies_are_joined_by_semicolons",
        old=SEPARATOR,
        new='        separator = ", "\n',
    ),
    Mistake(
        "",
        "joins cookies without a space",
        "test_cookies_are_joined_by_semicolons",
        old=SEPARATOR,
        new='        separator = ";" if name.lower() == "cookie" else ", "\n',
    ),
    Mistake(
        "",
        "knows Cookie in one case only",
        "test_cookies_are_joined_by_semicolons",
        old=SEPARATOR,
        new='        separator = "; " if name == "Cookie" else ", "\n',
    ),
    Mistake(
        "",
        "takes whatever begins with Cookie",
        "test_cookies_are_joined_by_semicolons",
        old=SEPARATOR,
        new='        separator = "; " if name.lower().startswith("cookie") else ", "\n',
    ),
    Mistake(
        "",
        "takes Set-Cookie for Cookie",
        "test_cookies_are_joined_by_semicolons",
        old=SEPARATOR,
        new='        separator = "; " if name.lower() in ("cookie", "set-cookie") else ", "\n',
    ),
    Mistake(
        "",
        "joins everything by semicolons",
        "test_lines_of_a_name_are_joined",
        old=SEPARATOR,
        new='        separator = "; "\n',
    ),
    Mistake(
        "X1442",
        "keeps what is about the content",
        "test_what_is_about_the_content",
        old=TEST,
        new='if "_" in name:',
    ),
    Mistake(
        "",
        "keeps Content-Type, without the prefix",
        "test_what_is_about_the_content",
        old=SKIP,
        new='        if name.lower() == "content-type":\n'
        '            variables["CONTENT_TYPE"] = _value\n'
        '        if "_" in name or name.lower() in ABOUT_CONTENT:\n'
        "            continue\n",
    ),
    Mistake(
        "X1442",
        "keeps Content-Type",
        "test_what_is_about_the_content",
        old=TEST,
        new='if "_" in name or name.lower() in ABOUT_CONTENT - {"content-type"}:',
    ),
    Mistake(
        "X1442",
        "keeps Content-Length",
        "test_what_is_about_the_content",
        old=TEST,
        new='if "_" in name or name.lower() in ABOUT_CONTENT - {"content-length"}:',
    ),
    Mistake(
        "X1442",
        "keeps Transfer-Encoding",
        "test_what_is_about_the_content",
        old=TEST,
        new='if "_" in name or name.lower() in ABOUT_CONTENT - {"transfer-encoding"}:',
    ),
    Mistake(
        "",
        "knows these names in one case only",
        "test_what_is_about_the_content",
        old=TEST,
        new='if "_" in name or name in {field.title() for field in ABOUT_CONTENT}:',
    ),
    Mistake(
        "",
        "knows these names in lower case only",
        "test_what_is_about_the_content",
        old=TEST,
        new='if "_" in name or name in ABOUT_CONTENT:',
    ),
    Mistake(
        "",
        "takes whatever begins with these names",
        "test_what_is_about_the_content",
        old=TEST,
        new='if "_" in name or name.lower().startswith(tuple(ABOUT_CONTENT)):',
    ),
    Mistake(
        "",
        "leaves out everything about the content",
        "test_what_is_about_the_content",
        old=TEST,
        new='if "_" in name or name.lower().startswith("content-") or name.lower() in ABOUT_CONTENT:',
    ),
    Mistake(
        "",
        "stops at Content-Length",
        "test_what_is_about_the_content",
        old=SKIP,
        new='        if "_" in name:\n'
        "            continue\n"
        "        if name.lower() in ABOUT_CONTENT:\n"
        "            break\n",
    ),
    Mistake(
        "X1443",
        "keeps fields with underscores",
        "test_underscores_are_left_out",
        old=TEST,
        new="if name.lower() in ABOUT_CONTENT:",
    ),
    Mistake(
        "X1443",
        "drops such a field only if the other one is there",
        "test_underscores_are_left_out",
        old=TEST,
        new='if ("_" in name and name.replace("_", "-") in headers) or name.lower() in ABOUT_CONTENT:',
    ),
    Mistake(
        "",
        "stops at the first such field",
        "test_underscores_are_left_out",
        old=SKIP,
        new='        if "_" in name:\n'
        "            break\n"
        "        if name.lower() in ABOUT_CONTENT:\n"
        "            continue\n",
    ),
    Mistake(
        "",
        "raises an error for such a field",
        "test_underscores_are_left_out",
        old=SKIP,
        new='        if "_" in name:\n'
        "            raise ValueError(name)\n"
        "        if name.lower() in ABOUT_CONTENT:\n"
        "            continue\n",
    ),
    Mistake(
        "",
        "looks only at the beginning of the name",
        "test_underscores_are_left_out",
        old=TEST,
        new='if name[1:2] == "_" or name.lower() in ABOUT_CONTENT:',
    ),
    # Task 2
    Mistake(
        "X1444",
        "decodes UTF-8",
        "test_path_is_decoded",
        old=PATH,
        new='    from urllib.parse import unquote\n\n    environ["PATH_INFO"] = unquote(path)\n',
    ),
    Mistake(
        "X1444",
        "decodes as UTF-8, strictly",
        "test_path_is_decoded",
        old=PATH,
        new='    environ["PATH_INFO"] = unquote_to_bytes(path).decode("utf-8", "replace")\n',
    ),
    Mistake(
        "X1444",
        "decodes as UTF-8, and fails for other octets",
        "test_path_is_decoded",
        old=PATH,
        new='    environ["PATH_INFO"] = unquote_to_bytes(path).decode()\n',
    ),
    Mistake(
        "",
        "decodes ASCII",
        "test_path_is_decoded",
        old=PATH,
        new='    environ["PATH_INFO"] = unquote_to_bytes(path).decode("ascii", "ignore")\n',
    ),
    Mistake(
        "X1445",
        "keeps the path as it was sent",
        "test_path_is_decoded",
        old=PATH,
        new='    environ["PATH_INFO"] = path\n',
    ),
    Mistake(
        "M93",
        "decodes twice",
        "test_path_is_decoded",
        old=PATH,
        new='    environ["PATH_INFO"] = unquote_to_bytes(unquote_to_bytes(path)).decode("latin-1")\n',
    ),
    Mistake(
        "M91",
        "takes a plus for a space",
        "test_path_is_decoded",
        old=PATH,
        new='    environ["PATH_INFO"] = unquote_to_bytes(path.replace("+", " ")).decode("latin-1")\n',
    ),
    Mistake(
        "",
        "removes the slash at the front",
        "test_path_is_decoded",
        old=PATH,
        new='    environ["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1").lstrip("/")\n',
    ),
    Mistake(
        "",
        "joins slashes",
        "test_path_is_decoded",
        old=PATH,
        new='    environ["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1").replace("//", "/")\n',
    ),
    Mistake(
        "",
        "keeps encoded slashes",
        "test_path_is_decoded",
        old=PATH,
        new='    environ["PATH_INFO"] = unquote_to_bytes(path.replace("%2F", '
        '"%252F")).decode("latin-1")\n',
    ),
    Mistake(
        "",
        "decodes before it splits",
        "test_path_is_decoded",
        edits=(
            Edit(
                old=SPLIT,
                new='    whole = unquote_to_bytes(request.target).decode("latin-1")\n'
                '    host, path, environ["QUERY_STRING"] = split_target(whole)\n',
            ),
            Edit(old=PATH, new='    environ["PATH_INFO"] = path\n'),
        ),
    ),
    Mistake(
        "",
        "puts the target into the path",
        "test_path_is_decoded",
        old=PATH,
        new='    environ["PATH_INFO"] = unquote_to_bytes(request.target).decode("latin-1")\n',
    ),
    Mistake(
        "",
        "returns the path as bytes",
        "test_path_is_decoded",
        old=PATH,
        new='    environ["PATH_INFO"] = unquote_to_bytes(path)\n',
    ),
    Mistake(
        "",
        "takes an encoded asterisk for an asterisk",
        "test_path_is_decoded",
        old=PATH,
        new='    decoded = unquote_to_bytes(path).decode("latin-1")\n'
        '    environ["PATH_INFO"] = "" if decoded == "/*" else decoded\n',
    ),
    Mistake(
        "X1446",
        "decodes the query",
        "test_query_is_not_decoded",
        old=SPLIT,
        new="    host, path, query = split_target(request.target)\n"
        '    environ["QUERY_STRING"] = unquote_to_bytes(query).decode("latin-1")\n',
    ),
    Mistake(
        "",
        "keeps the question mark",
        "test_query_is_not_decoded",
        old=SPLIT,
        new="    host, path, query = split_target(request.target)\n"
        '    environ["QUERY_STRING"] = f"?{query}" if query else ""\n',
    ),
    Mistake(
        "",
        "leaves an empty query out",
        "test_query_is_not_decoded",
        old=SPLIT,
        new="    host, path, query = split_target(request.target)\n"
        "    if query:\n"
        '        environ["QUERY_STRING"] = query\n',
    ),
    Mistake(
        "",
        "forgets the query",
        "test_query_is_not_decoded",
        old=SPLIT,
        new="    host, path, _query = split_target(request.target)\n",
    ),
    Mistake("X1447", "keeps the Host field", "test_other_forms_of_a_target", old=HOST, new=""),
    Mistake(
        "X1447",
        "keeps the Host field if there is one",
        "test_other_forms_of_a_target",
        old=HOST,
        new='    if host:\n        environ.setdefault("HTTP_HOST", host)\n',
    ),
    Mistake(
        "",
        "drops the port",
        "test_other_forms_of_a_target",
        old=HOST,
        new='    if host:\n        environ["HTTP_HOST"] = host.partition(":")[0]\n',
    ),
    Mistake(
        "",
        "replaces the Host field always",
        "test_other_forms_of_a_target",
        old=HOST,
        new='    environ["HTTP_HOST"] = host\n',
    ),
    Mistake(
        "",
        "removes the Host field",
        "test_other_forms_of_a_target",
        old=HOST,
        new='    environ.pop("HTTP_HOST", None)\n    if host:\n        environ["HTTP_HOST"] = host\n',
    ),
    Mistake(
        "",
        "writes the host as SERVER_NAME",
        "test_other_forms_of_a_target",
        old=HOST,
        new='    if host:\n        environ["SERVER_NAME"] = host\n',
    ),
    Mistake(
        "X1447",
        "splits the target itself, at the first question mark",
        "test_other_forms_of_a_target",
        old=SPLIT,
        new='    host = None\n    path, _, environ["QUERY_STRING"] = request.target.partition("?")\n',
    ),
    Mistake(
        "",
        "makes / of *",
        "test_other_forms_of_a_target",
        old=PATH,
        new='    environ["PATH_INFO"] = unquote_to_bytes(path or "/").decode("latin-1")\n',
    ),
    Mistake(
        "X1448",
        "takes the field Content-Length",
        "test_content_length_is_counted",
        old=LENGTH,
        new='    if length := request.headers.get("content-length"):\n'
        '        environ["CONTENT_LENGTH"] = length\n',
    ),
    Mistake(
        "X1448",
        "looks for Content-Length only",
        "test_content_length_is_counted",
        old=HAS_CONTENT,
        new='if "content-length" in request.headers:',
    ),
    Mistake(
        "",
        "always has a length",
        "test_content_length_is_counted",
        old=LENGTH,
        new='    environ["CONTENT_LENGTH"] = str(len(request.content))\n',
    ),
    Mistake(
        "",
        "has a length if there is content",
        "test_content_length_is_counted",
        old=HAS_CONTENT,
        new="if request.content:",
    ),
    Mistake(
        "",
        "has a length as a number",
        "test_content_length_is_counted",
        old=LENGTH,
        new='    if "content-length" in request.headers or "transfer-encoding" in '
        "request.headers:\n"
        '        environ["CONTENT_LENGTH"] = len(request.content)\n',
    ),
    Mistake(
        "",
        "has a length for every method but GET",
        "test_content_length_is_counted",
        old=HAS_CONTENT,
        new='if request.method != "GET":',
    ),
    Mistake(
        "X1449",
        "has an input only with content",
        "test_input_can_be_read",
        old=INPUT,
        new="    if request.content:\n"
        '        environ["wsgi.input"] = BytesIO(request.content)\n'
        "    return environ\n",
    ),
    Mistake(
        "",
        "gives the bytes themselves",
        "test_input_can_be_read",
        old=INPUT,
        new='    environ["wsgi.input"] = request.content\n    return environ\n',
    ),
    Mistake(
        "",
        "writes into the BytesIO, and leaves it at the end",
        "test_input_can_be_read",
        old=INPUT,
        new='    environ["wsgi.input"] = BytesIO()\n'
        '    environ["wsgi.input"].write(request.content)\n'
        "    return environ\n",
    ),
    Mistake(
        "",
        "gives an empty input",
        "test_input_can_be_read",
        old=INPUT,
        new='    environ["wsgi.input"] = BytesIO()\n    return environ\n',
    ),
    Mistake(
        "",
        "gives a StringIO",
        "test_input_can_be_read",
        old=INPUT,
        new="    from io import StringIO\n"
        "\n"
        '    environ["wsgi.input"] = StringIO(request.content.decode("latin-1"))\n'
        "    return environ\n",
    ),
    Mistake(
        "X1450",
        "keeps one dictionary for a connection",
        "test_the_rest_of_the_environ",
        edits=(
            Edit(
                old=PARTS,
                new="    environ = KEPT.setdefault((name, secured, request.method, request.target, "
                "len(request.headers)), copied_variables(request, name, secured) | "
                "field_variables(request.headers))\n",
            ),
            Edit(
                old=INPUT,
                new='    environ["wsgi.input"] = BytesIO(request.content)\n'
                "    return environ\n"
                "\n"
                "\n"
                "KEPT: dict[object, Environ] = {}\n",
            ),
        ),
    ),
    Mistake(
        "",
        "forgets the fields",
        "test_the_rest_of_the_environ",
        old=PARTS,
        new="    environ = copied_variables(request, name, secured)\n"
        '    if "host" in request.headers:\n'
        '        environ["HTTP_HOST"] = request.headers.get("host") or ""\n',
    ),
    Mistake(
        "",
        "ignores `secured`",
        "test_the_rest_of_the_environ",
        old=PARTS,
        new="    environ = copied_variables(request, name, False) | "
        "field_variables(request.headers)\n",
    ),
    # Task 3
    Mistake(
        "",
        "returns nothing",
        "test_head_is_kept",
        old=KEPT,
        new="        self.status, self.fields = status, list(fields)\n"
        "        return None  # type: ignore\n",
    ),
    Mistake(
        "",
        "calls write()",
        "test_head_is_kept",
        old=KEPT,
        new="        self.status, self.fields = status, list(fields)\n"
        '        return self.write(b"")  # type: ignore\n',
    ),
    Mistake(
        "",
        "does not keep the fields",
        "test_head_is_kept",
        old=KEPT,
        new="        self.status = status\n        return self.write\n",
    ),
    Mistake(
        "",
        "keeps the number of the status",
        "test_head_is_kept",
        old=KEPT,
        new="        self.status, self.fields = status[:3], list(fields)\n"
        "        return self.write\n",
    ),
    Mistake(
        "",
        "does not keep the length",
        "test_head_is_kept",
        old=KEPT_LENGTH,
        new="        length_of(fields)\n",
    ),
    Mistake(
        "",
        "adds to the fields of all",
        "test_head_is_kept",
        old=KEPT,
        new="        self.status, self.fields = status, [*reversed(fields)]\n"
        "        return self.write\n",
    ),
    Mistake(
        "",
        "says that the head is out",
        "test_head_is_kept",
        old=KEPT,
        new="        self.status, self.fields = status, list(fields)\n"
        "        self.is_out = True\n"
        "        return self.write\n",
    ),
    Mistake(
        "",
        "joins the fields in a dict",
        "test_head_is_kept",
        old=KEPT,
        new="        self.status, self.fields = status, list(dict(fields).items())\n"
        "        return self.write\n",
    ),
    Mistake(
        "X1451",
        "lets a second call replace the first",
        "test_second_call_is_refused",
        old=TWICE,
        new="",
    ),
    Mistake(
        "X1451",
        "ignores a second call",
        "test_second_call_is_refused",
        old=TWICE,
        new="        if self.was_called and not exc_info:\n            return self.write\n",
    ),
    Mistake(
        "",
        "raises ValueError for a second call",
        "test_second_call_is_refused",
        old=TWICE,
        new='        if self.was_called and not exc_info:\n            raise ValueError("twice")\n',
    ),
    Mistake(
        "X1452",
        "notes the call when it has been accepted",
        "test_second_call_is_refused",
        edits=(
            Edit(old=CALLED, new='        self.status = ""\n        check_head(status, fields)\n'),
            Edit(
                old=KEPT,
                new="        self.was_called, self.status, self.fields = True, status, list(fields)\n"
                "        return self.write\n",
            ),
        ),
    ),
    Mistake(
        "X1452",
        "asks whether there is a status",
        "test_second_call_is_refused",
        old=TWICE,
        new='        if self.status and not exc_info:\n            raise RuntimeError("twice")\n',
    ),
    Mistake(
        "X1453",
        "raises the error at once",
        "test_head_is_replaced",
        old=AGAIN,
        new="        if exc_info:\n            raise exc_info[1]\n",
    ),
    Mistake(
        "X1453",
        "raises the error if there was a call",
        "test_head_is_replaced",
        old=AGAIN,
        new="        if exc_info and self.was_called:\n            raise exc_info[1]\n",
    ),
    Mistake(
        "",
        "refuses every second call",
        "test_head_is_replaced",
        old=TWICE,
        new='        if self.was_called:\n            raise RuntimeError("twice")\n',
    ),
    Mistake(
        "",
        "ignores the new head",
        "test_head_is_replaced",
        old=TWICE,
        new="        if self.was_called and not exc_info:\n"
        '            raise RuntimeError("twice")\n'
        "        if self.was_called and self.status:\n"
        "            return self.write\n",
    ),
    Mistake(
        "",
        "adds the new fields to the old ones",
        "test_head_is_replaced",
        old=KEPT,
        new="        self.status, self.fields = status, self.fields + fields\n"
        "        return self.write\n",
    ),
    Mistake(
        "",
        "keeps the old length",
        "test_head_is_replaced",
        old=KEPT_LENGTH,
        new="        length = length_of(fields)\n"
        "        self.length = self.length if length is None else length\n",
    ),
    Mistake(
        "X1454",
        "replaces a head that is out",
        "test_error_is_raised_again",
        old=AGAIN,
        new="",
    ),
    Mistake(
        "X1454",
        "ignores a late call",
        "test_error_is_raised_again",
        old=AGAIN,
        new="        if exc_info and self.is_out:\n            return self.write\n",
    ),
    Mistake(
        "",
        "raises an error of its own",
        "test_error_is_raised_again",
        old=AGAIN,
        new="        if exc_info and self.is_out:\n"
        '            raise RuntimeError("the head is out") from exc_info[1]\n',
    ),
    Mistake(
        "",
        "raises a new error of this type",
        "test_error_is_raised_again",
        old=AGAIN,
        new="        if exc_info and self.is_out:\n            raise exc_info[0]\n",
    ),
    Mistake(
        "",
        "raises only what is an Exception",
        "test_error_is_raised_again",
        old=AGAIN,
        new="        if exc_info and self.is_out and isinstance(exc_info[1], Exception):\n"
        "            raise exc_info[1]\n",
    ),
    Mistake(
        "",
        "forgets the head that is out",
        "test_error_is_raised_again",
        old=AGAIN,
        new="        if exc_info and self.is_out:\n"
        '            self.status = ""\n'
        "            raise exc_info[1]\n",
    ),
    Mistake(
        "X1456",
        "keeps the old head until the new one is accepted",
        "test_a_refused_head_is_not_kept",
        old=CALLED,
        new="        self.was_called = True\n        check_head(status, fields)\n",
    ),
    Mistake(
        "",
        "keeps the head before it is checked",
        "test_a_refused_head_is_not_kept",
        old=CALLED,
        new="        self.was_called, self.status = True, status\n"
        "        check_head(status, fields)\n",
    ),
    Mistake(
        "",
        "does not check",
        "test_a_refused_head_is_not_kept",
        old=CALLED,
        new='        self.was_called, self.status = True, ""\n',
    ),
    Mistake(
        "",
        "keeps the head before the length is checked",
        "test_a_refused_head_is_not_kept",
        edits=(
            Edit(
                old=KEPT_LENGTH,
                new="        self.status, self.fields = status, list(fields)\n"
                "        self.length = length_of(fields)\n",
            ),
            Edit(old=KEPT, new="        return self.write\n"),
        ),
    ),
    Mistake(
        "",
        "takes the errors of check_head() for its own",
        "test_a_refused_head_is_not_kept",
        old=CALLED,
        new='        self.was_called, self.status = True, ""\n'
        "        try:\n"
        "            check_head(status, fields)\n"
        "        except TypeError as error:\n"
        "            raise ValueError(str(error)) from None\n",
    ),
    # Task 4
    Mistake(
        "X1457",
        "passes the arguments by name",
        "test_application_is_called",
        old=CALL,
        new="    blocks = application(environ=environ, "
        "start_response=started.start_response)  # type: ignore\n",
    ),
    Mistake(
        "",
        "swaps the arguments",
        "test_application_is_called",
        old=CALL,
        new="    blocks = application(started.start_response, environ)  # type: ignore\n",
    ),
    Mistake(
        "",
        "passes a copy of the environ",
        "test_application_is_called",
        old=CALL,
        new="    blocks = application(dict(environ), started.start_response)\n",
    ),
    Mistake(
        "",
        "ignores the Started that it was given",
        "test_application_is_called",
        old=CALL,
        new="    started = Started()\n    blocks = application(environ, started.start_response)\n",
    ),
    Mistake(
        "",
        "calls the application twice",
        "test_application_is_called",
        old=CALL,
        new="    application(environ, Started().start_response)\n"
        "    blocks = application(environ, started.start_response)\n",
    ),
    Mistake(
        "X1458",
        "asks for the head first",
        "test_start_response_may_come_late",
        old=TAKEN,
        new='        started.head(b"", None)\n'
        "        others = map(checked, blocks)\n"
        '        first = next(filter(None, others), b"")\n'
        "        return started.response(first, others, blocks)\n",
    ),
    Mistake(
        "",
        "makes the response before it takes a block",
        "test_application_is_called",
        old=TAKEN,
        new='        return started.response(b"", map(checked, blocks), blocks)\n',
    ),
    Mistake(
        "X1459",
        "asks for the head after one block",
        "test_start_response_may_come_late",
        old=TAKEN,
        new="        others = map(checked, blocks)\n"
        '        first = next(others, b"")\n'
        '        started.head(b"", None)\n'
        '        first = first or next(filter(None, others), b"")\n'
        "        return started.response(first, others, blocks)\n",
    ),
    Mistake(
        "",
        "fails if there is no block",
        "test_start_response_may_come_late",
        old=FIRST,
        new="        first = next(filter(None, others))\n",
    ),
    Mistake(
        "X1459",
        "takes one block",
        "test_start_response_may_come_late",
        old=FIRST,
        new='        first = next(others, b"")\n',
    ),
    Mistake(
        "",
        "sends the head at once if start_response() has been called",
        "test_application_is_called",
        old=TAKEN,
        new="        others = map(checked, blocks)\n"
        '        first = b"" if started.status else next(filter(None, others), b"")\n'
        "        while not started.status:\n"
        "            first = next(others)\n"
        "        return started.response(first, others, blocks)\n",
    ),
    Mistake(
        "X1459",
        "takes blocks until start_response() has been called",
        "test_head_waits_for_content",
        old=FIRST,
        new='        first = b""\n'
        "        while not first:\n"
        "            block = next(others, None)\n"
        "            if block is None:\n"
        "                break\n"
        "            first = block\n"
        "            if started.status:\n"
        "                break\n",
    ),
    Mistake(
        "X1459",
        "skips up to two empty blocks",
        "test_head_waits_for_content",
        old=FIRST,
        new='        first = next(others, b"") or next(others, b"") or next(others, b"")\n',
    ),
    Mistake(
        "X82",
        "joins all blocks",
        "test_blocks_come_one_by_one",
        old=TAKEN,
        new='        first = b"".join(map(checked, blocks))\n'
        "        return started.response(first, (), blocks)\n",
    ),
    Mistake(
        "X82",
        "makes a list of the blocks",
        "test_blocks_come_one_by_one",
        old=OTHERS,
        new="        others = iter(list(map(checked, blocks)))\n",
    ),
    Mistake(
        "X82",
        "takes one block more",
        "test_blocks_come_one_by_one",
        old=TAKEN,
        new="        others = map(checked, blocks)\n"
        '        first = next(filter(None, others), b"")\n'
        '        second = next(others, b"")\n'
        "        return started.response(first, chain((second,), others), blocks)\n",
    ),
    Mistake(
        "X1465",
        "takes the others from the beginning",
        "test_every_block_comes_once",
        old=TAKEN,
        new='        first = next(filter(None, map(checked, blocks)), b"")\n'
        "        return started.response(first, map(checked, blocks), blocks)\n",
    ),
    Mistake(
        "X1465",
        "begins the list again",
        "test_every_block_comes_once",
        old=TAKEN,
        new='        first = next(filter(None, map(checked, iter(blocks))), b"")\n'
        "        others = map(checked, blocks)\n"
        "        return started.response(first, others, blocks)\n",
    ),
    Mistake(
        "",
        "drops the first block",
        "test_application_is_called",
        old=ANSWER,
        new='        return started.response(b"", others, blocks)\n',
    ),
    Mistake(
        "",
        "drops the others",
        "test_blocks_come_one_by_one",
        old=ANSWER,
        new="        return started.response(first, (), blocks)\n",
    ),
    Mistake(
        "X846",
        "calls next() on what was returned",
        "test_application_is_called",
        old=TAKEN,
        new='        first = next(blocks, b"")  # type: ignore\n'
        "        while not first:\n"
        "            first = next(blocks)  # type: ignore\n"
        "        return started.response(checked(first), map(checked, blocks), blocks)\n",
    ),
    Mistake(
        "",
        "drops what write() was given",
        "test_every_block_comes_once",
        old=TAKEN,
        new="        started.blocks.clear()\n"
        "        others = map(checked, blocks)\n"
        '        first = next(filter(None, others), b"")\n'
        "        return started.response(first, others, blocks)\n",
    ),
    Mistake(
        "",
        "uses indices",
        "test_start_response_may_come_late",
        old=FIRST,
        new='        first = next(filter(None, others), b"") if not isinstance(blocks, '
        "Iterator) else checked(blocks[0])  # type: ignore\n",
    ),
    Mistake(
        "X1460",
        "encodes text",
        "test_blocks_are_bytes",
        old=OTHERS,
        new="        others = (b.encode() if isinstance(b, str) else checked(b) for b in blocks)\n",
    ),
    Mistake(
        "X1460",
        "makes bytes of whatever comes",
        "test_blocks_are_bytes",
        old=OTHERS,
        new="        others = (b if isinstance(b, bytes) else bytes(b) if isinstance(b, "
        "bytearray) else checked(b) for b in blocks)\n",
    ),
    Mistake(
        "",
        "checks the first block only",
        "test_blocks_are_bytes",
        old=TAKEN,
        new="        others = iter(blocks)\n"
        '        first = checked(next(filter(None, others), b""))\n'
        "        return started.response(first, others, blocks)\n",
    ),
    Mistake(
        "X1460",
        "does not check what follows",
        "test_blocks_are_bytes",
        old=ANSWER,
        new="        others = iter(blocks) if isinstance(blocks, Iterator) else others  # "
        "type: ignore\n"
        "        return started.response(first, others, blocks)\n",
    ),
    Mistake(
        "",
        "checks only blocks that are not empty",
        "test_blocks_are_bytes",
        old=TAKEN,
        new="        rest = iter(blocks)\n"
        '        first = checked(next((b for b in rest if b), b""))\n'
        "        return started.response(first, map(checked, rest), blocks)\n",
    ),
    Mistake(
        "X1461",
        "does not close",
        "test_close_is_called_after_an_error",
        old=TRY,
        new="    others = map(checked, blocks)\n"
        '    first = next(filter(None, others), b"")\n'
        "    return started.response(first, others, blocks)\n",
    ),
    Mistake(
        "X848",
        "closes after an Exception only",
        "test_close_is_called_after_an_error",
        old=CLOSE,
        new="    except Exception:\n        close_content(blocks)\n        raise\n",
    ),
    Mistake(
        "",
        "asks for the iterator outside of the try",
        "test_close_is_called_after_an_error",
        old="    try:\n        others = map(checked, blocks)\n",
        new="    others = map(checked, blocks)\n    try:\n",
    ),
    Mistake(
        "",
        "joins the blocks of a list",
        "test_every_block_comes_once",
        old='        first = next(filter(None, others), b"")\n',
        new="        if isinstance(blocks, list | tuple):\n"
        '            others = iter([b"".join(others)])\n'
        '        first = next(filter(None, others), b"")\n',
    ),
    Mistake(
        "",
        "a new head throws away what write() was given",
        "test_head_is_replaced",
        old='        self.was_called, self.status = True, ""\n',
        new='        self.was_called, self.status = True, ""\n        self.blocks.clear()\n',
    ),
    Mistake(
        "",
        "adds a list to fields that may be a tuple",
        "test_start_response_gets_the_head",
        old="start_response(status, [*response.fields, *fields])",
        new="start_response(status, response.fields + fields)",
    ),
    Mistake(
        "",
        "closes always",
        "test_close_is_called_after_an_error",
        old=CLOSE,
        new="    finally:\n        close_content(blocks)\n",
    ),
    Mistake(
        "",
        "swallows the error",
        "test_blocks_are_bytes",
        old=CLOSE,
        new="    except BaseException:\n"
        "        close_content(blocks)\n"
        '        return Response(b"", 500)\n',
    ),
    Mistake(
        "",
        "raises another error",
        "test_blocks_are_bytes",
        old=CLOSE,
        new="    except BaseException as error:\n"
        "        close_content(blocks)\n"
        '        raise RuntimeError("the application failed") from error\n',
    ),
    Mistake(
        "X1461",
        "makes the response outside the try",
        "test_close_is_called_after_an_error",
        old=TRY,
        new="    try:\n"
        "        others = map(checked, blocks)\n"
        '        first = next(filter(None, others), b"")\n'
        "    except BaseException:\n"
        "        close_content(blocks)\n"
        "        raise\n"
        "    return started.response(first, others, blocks)\n",
    ),
    Mistake(
        "X1461",
        "closes only if the application has failed",
        "test_close_is_called_after_an_error",
        old=CLOSE,
        new="    except (ValueError, KeyError, KeyboardInterrupt, SystemExit):\n"
        "        close_content(blocks)\n"
        "        raise\n",
    ),
    Mistake(
        "",
        "closes twice",
        "test_close_is_called_after_an_error",
        old=CLOSE,
        new="    except BaseException:\n"
        "        close_content(blocks)\n"
        "        close_content(blocks)\n"
        "        raise\n",
    ),
    Mistake(
        "X1465",
        "leaves a loop, and begins the blocks again",
        "test_every_block_comes_once",
        old=TAKEN,
        new='        first = b""\n'
        "        for first in map(checked, blocks):\n"
        "            if first:\n"
        "                break\n"
        "        return started.response(first, map(checked, blocks), blocks)\n",
    ),
    Mistake(
        "X1465",
        "leaves a generator, and begins the blocks again",
        "test_every_block_comes_once",
        old=TAKEN,
        new='        first = next((block for block in blocks if checked(block)), b"")\n'
        "        return started.response(first, (checked(block) for block in blocks), blocks)\n",
    ),
    # Task 5
    Mistake(
        "X1462",
        "passes the number",
        "test_start_response_gets_the_head",
        old=STATUS,
        new="    status = response.status  # type: ignore\n",
    ),
    Mistake(
        "X1462",
        "passes the number as text",
        "test_start_response_gets_the_head",
        old=STATUS,
        new="    status = str(response.status)\n",
    ),
    Mistake(
        "",
        "leaves out the space if there is no reason",
        "test_start_response_gets_the_head",
        old=STATUS,
        new="    status = f\"{response.status} {REASONS.get(response.status, '')}\".strip()\n",
    ),
    Mistake(
        "",
        "says OK",
        "test_start_response_gets_the_head",
        old=STATUS,
        new='    status = f"{response.status} OK"\n',
    ),
    Mistake(
        "",
        "says None for a status without a reason",
        "test_start_response_gets_the_head",
        old=STATUS,
        new='    status = f"{response.status} {REASONS.get(response.status)}"\n',
    ),
    Mistake(
        "",
        "fails for a status without a reason",
        "test_start_response_gets_the_head",
        old=STATUS,
        new='    status = f"{response.status} {REASONS[response.status]}"\n',
    ),
    Mistake(
        "",
        "drops the fields",
        "test_start_response_gets_the_head",
        old=START,
        new="    start_response(status, fields)\n",
    ),
    Mistake(
        "",
        "passes a tuple",
        "test_start_response_gets_the_head",
        old=START,
        new="    start_response(status, (*response.fields, *fields))\n",
    ),
    Mistake(
        "",
        "puts the fields into a dict",
        "test_start_response_gets_the_head",
        old=START,
        new="    start_response(status, list(dict([*response.fields, *fields]).items()))\n",
    ),
    Mistake(
        "",
        "puts its own fields first",
        "test_start_response_gets_the_head",
        old=START,
        new="    start_response(status, [*fields, *response.fields])\n",
    ),
    Mistake(
        "",
        "sorts the fields",
        "test_start_response_gets_the_head",
        old=START,
        new="    start_response(status, sorted([*response.fields, *fields], reverse=True))\n",
    ),
    Mistake(
        "",
        "passes the arguments by name",
        "test_start_response_gets_the_head",
        old=START,
        new="    start_response(status=status, response_headers=[*response.fields, *fields])\n",
    ),
    Mistake(
        "",
        "passes None as exc_info",
        "test_start_response_gets_the_head",
        old=START,
        new="    start_response(status, [*response.fields, *fields], None)\n",
    ),
    Mistake(
        "",
        "calls start_response() twice",
        "test_start_response_gets_the_head",
        old=START,
        new="    start_response(status, [*response.fields, *fields])\n"
        "    start_response(status, [*response.fields, *fields])\n",
    ),
    Mistake(
        "X1463",
        "makes chunks for HTTP/1.1",
        "test_content_has_a_length_or_none",
        old=FRAME,
        new="    fields, pieces = frame(response, request)\n",
    ),
    Mistake(
        "",
        "says no length",
        "test_content_has_a_length_or_none",
        old=START,
        new="    start_response(status, [*response.fields])\n",
    ),
    Mistake(
        "",
        "says a length only for bytes",
        "test_content_has_a_length_or_none",
        old=FRAME,
        new="    response = response._replace(length=None)\n"
        "    fields, pieces = frame(response, request._replace(version=(1, 0)))\n",
    ),
    Mistake(
        "X1463",
        "drops the field, and sends chunks",
        "test_content_has_a_length_or_none",
        old=FRAME,
        new="    fields, pieces = frame(response, request)\n"
        '    fields = [f for f in fields if f[0] != "Transfer-Encoding"]\n',
    ),
    Mistake(
        "X1464",
        "returns the content as it is",
        "test_no_content_where_there_is_none",
        old=OUT,
        new="    content = response.content\n"
        "    return [content] if isinstance(content, bytes) else content\n",
    ),
    Mistake(
        "X1464",
        "leaves the content of HEAD to the server",
        "test_no_content_where_there_is_none",
        old=OUT,
        new="    content = response.content\n"
        "    body = iter((content,)) if isinstance(content, bytes) else content\n"
        '    return Outgoing(b"", body, content)\n',
    ),
    Mistake(
        "X1464",
        "frames HEAD like GET",
        "test_no_content_where_there_is_none",
        old=FRAME,
        new='    request = request._replace(method="GET", version=(1, 0))\n'
        "    fields, pieces = frame(response, request)\n",
    ),
    Mistake(
        "",
        "says nothing about the length after HEAD",
        "test_no_content_where_there_is_none",
        old=START,
        new='    if request.method == "HEAD":\n'
        "        fields = []\n"
        "    start_response(status, [*response.fields, *fields])\n",
    ),
    Mistake(
        "X1464",
        "knows HEAD only",
        "test_no_content_where_there_is_none",
        old=FRAME,
        new="    fields, pieces = frame(response, request._replace(version=(1, 0)))\n"
        "    content = response.content\n"
        '    if request.method != "HEAD" and isinstance(content, bytes):\n'
        "        pieces = iter((content,))\n",
    ),
    Mistake(
        "X82",
        "joins the pieces",
        "test_pieces_are_passed_on",
        old=OUT,
        new='    return Outgoing(first + b"".join(pieces), (), response.content)\n',
    ),
    Mistake(
        "X82",
        "makes a list of the pieces",
        "test_pieces_are_passed_on",
        old=OUT,
        new="    return Outgoing(first, list(pieces), response.content)\n",
    ),
    Mistake(
        "X82",
        "takes the second piece early",
        "test_pieces_are_passed_on",
        old=OUT,
        new='    return Outgoing(first, chain((next(pieces, b""),), pieces), response.content)\n',
    ),
    Mistake(
        "",
        "drops the first piece",
        "test_content_has_a_length_or_none",
        old=OUT,
        new='    return Outgoing(b"", pieces, response.content)\n',
    ),
    Mistake(
        "",
        "drops the other pieces",
        "test_content_has_a_length_or_none",
        old=OUT,
        new="    return Outgoing(first, (), response.content)\n",
    ),
    Mistake("", "takes no piece", "test_pieces_are_passed_on", old=TAKES, new='    first = b""\n'),
    Mistake(
        "",
        "fails if there is no piece",
        "test_no_content_where_there_is_none",
        old=TAKES,
        new="    first = next(pieces)\n",
    ),
    Mistake(
        "X763",
        "calls start_response() before it takes a piece",
        "test_first_piece_comes_before_the_head",
        edits=(
            Edit(old=TAKES, new=""),
            Edit(
                old=START,
                new="    start_response(status, [*response.fields, *fields])\n"
                '    first = next(pieces, b"")\n',
            ),
        ),
    ),
    Mistake(
        "",
        "takes an error for no piece",
        "test_first_piece_comes_before_the_head",
        old=TAKES,
        new='    try:\n        first = next(pieces, b"")\n    except Exception:\n        first = b""\n',
    ),
    Mistake(
        "",
        "raises an error of its own",
        "test_first_piece_comes_before_the_head",
        old=TAKES,
        new="    try:\n"
        '        first = next(pieces, b"")\n'
        "    except Exception as error:\n"
        '        raise RuntimeError("no content") from error\n',
    ),
    Mistake(
        "",
        "returns the pieces without close()",
        "test_content_is_closed",
        old=OUT,
        new="    return chain((first,), pieces)\n",
    ),
    Mistake(
        "X1461",
        "gives nothing to close",
        "test_content_is_closed",
        old=OUT,
        new='    return Outgoing(first, pieces, b"")\n',
    ),
    Mistake(
        "X1461",
        "closes at the last piece only",
        "test_content_is_closed",
        old=OUT,
        new="    def every_piece() -> Iterator[bytes]:\n"
        "        yield first\n"
        "        yield from pieces\n"
        "        close_content(response.content)\n"
        "\n"
        "    return every_piece()\n",
    ),
    Mistake(
        "",
        "closes in a generator that may not have begun",
        "test_content_is_closed",
        old=OUT,
        new="    def every_piece() -> Iterator[bytes]:\n"
        "        try:\n"
        "            yield first\n"
        "            yield from pieces\n"
        "        finally:\n"
        "            close_content(response.content)\n"
        "\n"
        "    return every_piece()\n",
    ),
    Mistake(
        "",
        "closes at once",
        "test_content_is_closed",
        old=OUT,
        new="    close_content(response.content)\n"
        "    return Outgoing(first, pieces, response.content)\n",
    ),
    Mistake(
        "",
        "joins names that begin alike",
        "test_lines_of_a_name_are_joined",
        old="        variables[f\"HTTP_{name.upper().replace('-', '_')}\"] = "
        "separator.join(headers.get_all(name))\n"
        "    return variables\n",
        new="        variables[f\"HTTP_{name.upper().replace('-', '_')}\"] = "
        "separator.join([v for n, v in headers if "
        "n.lower().startswith(name.lower())])\n"
        "    return variables\n",
    ),
    Mistake(
        "",
        "shares one BytesIO",
        "test_input_can_be_read",
        old='    environ["wsgi.input"] = BytesIO(request.content)\n    return environ\n',
        new="    STREAM.seek(0)\n"
        "    STREAM.truncate()\n"
        "    STREAM.write(request.content)\n"
        "    STREAM.seek(0)\n"
        '    environ["wsgi.input"] = STREAM\n'
        "    return environ\n"
        "\n"
        "\n"
        "STREAM = BytesIO()\n",
    ),
    Mistake(
        "",
        "counts characters",
        "test_content_length_is_counted",
        old='    if "content-length" in request.headers or "transfer-encoding" in '
        "request.headers:\n"
        '        environ["CONTENT_LENGTH"] = str(len(request.content))\n',
        new='    if "content-length" in request.headers or "transfer-encoding" in '
        "request.headers:\n"
        '        environ["CONTENT_LENGTH"] = '
        "str(len(request.content.decode('utf-8', 'ignore')))\n",
    ),
    Mistake(
        "",
        "replaces the field Host only if there is one",
        "test_other_forms_of_a_target",
        old='    if host:\n        environ["HTTP_HOST"] = host\n',
        new='    if host and "HTTP_HOST" in environ:\n        environ["HTTP_HOST"] = host\n',
    ),
    Mistake(
        "",
        "has a Host of None where the client sent none",
        "test_other_forms_of_a_target",
        old='    if host:\n        environ["HTTP_HOST"] = host\n',
        new='    environ["HTTP_HOST"] = host or request.headers.get("host")\n',
    ),
    Mistake(
        "",
        "writes the host in lower case",
        "test_other_forms_of_a_target",
        old='    if host:\n        environ["HTTP_HOST"] = host\n',
        new='    if host:\n        environ["HTTP_HOST"] = host.lower()\n',
    ),
    Mistake(
        "",
        "takes the target's host for the server's name",
        "test_other_forms_of_a_target",
        old='    if host:\n        environ["HTTP_HOST"] = host\n',
        new="    if host:\n"
        '        environ["HTTP_HOST"] = host\n'
        '        environ["SERVER_NAME"] = host.partition(":")[0]\n',
    ),
    Mistake(
        "",
        "passes `secured` on for HTTP/1.0 only",
        "test_the_rest_of_the_environ",
        old="    environ = copied_variables(request, name, secured) | "
        "field_variables(request.headers)\n",
        new="    environ = copied_variables(request, name, bool(secured) and "
        "request.version == (1, 0)) | field_variables(request.headers)\n",
    ),
    Mistake(
        "",
        "decodes cp1252",
        "test_path_is_decoded",
        old='    environ["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1")\n',
        new='    environ["PATH_INFO"] = unquote_to_bytes(path).decode("cp1252", "replace")\n',
    ),
    Mistake(
        "",
        "gives no content that came in chunks",
        "test_input_can_be_read",
        old='    environ["wsgi.input"] = BytesIO(request.content)\n    return environ\n',
        new='    environ["wsgi.input"] = BytesIO(request.content if '
        '"content-length" in request.headers else b"")\n'
        "    return environ\n",
    ),
    Mistake(
        "",
        "does not count a call with exc_info",
        "test_head_is_replaced",
        old='        self.was_called, self.status = True, ""\n        check_head(status, fields)\n',
        new='        self.was_called, self.status = self.was_called or not exc_info, ""\n'
        "        check_head(status, fields)\n",
    ),
    Mistake(
        "X1459",
        "takes at most eight blocks",
        "test_head_waits_for_content",
        old="        others = map(checked, blocks)\n"
        '        first = next(filter(None, others), b"")\n'
        "        return started.response(first, others, blocks)\n",
        new="        others = map(checked, blocks)\n"
        '        first = b""\n'
        "        for _ in range(8):\n"
        '            first = next(others, b"")\n'
        "            if first:\n"
        "                break\n"
        "        return started.response(first, others, blocks)\n",
    ),
    Mistake(
        "",
        "closes if there is no content",
        "test_close_is_called_after_an_error",
        old="        others = map(checked, blocks)\n"
        '        first = next(filter(None, others), b"")\n'
        "        return started.response(first, others, blocks)\n",
        new="        others = map(checked, blocks)\n"
        '        first = next(filter(None, others), b"")\n'
        "        if not first:\n"
        "            close_content(blocks)\n"
        "        return started.response(first, others, blocks)\n",
    ),
    Mistake(
        "",
        "calls the application inside the try",
        "test_close_is_called_after_an_error",
        old="    blocks = application(environ, started.start_response)\n    try:\n",
        new="    try:\n        blocks = application(environ, started.start_response)\n",
    ),
    Mistake(
        "X848",
        "does not close after SystemExit",
        "test_close_is_called_after_an_error",
        old="    except BaseException:\n        close_content(blocks)\n        raise\n",
        new="    except (Exception, KeyboardInterrupt):\n"
        "        close_content(blocks)\n"
        "        raise\n",
    ),
    Mistake(
        "X1459",
        "says that the head is out when start_response() has been called",
        "test_head_waits_for_content",
        old="    blocks = application(environ, started.start_response)\n",
        new="    started.is_out = False\n"
        "    blocks = application(environ, started.start_response)\n"
        "    started.is_out = bool(started.status)\n",
    ),
    Mistake(
        "",
        "sends each field once",
        "test_start_response_gets_the_head",
        old="    start_response(status, [*response.fields, *fields])\n",
        new="    start_response(status, [*dict.fromkeys([*response.fields, *fields])])\n",
    ),
    Mistake(
        "",
        "takes pieces until one is not empty",
        "test_pieces_are_passed_on",
        old='    first = next(pieces, b"")\n',
        new='    first = next(filter(None, pieces), b"")\n',
    ),
    Mistake(
        "X1463",
        "makes no chunks for GET only",
        "test_content_has_a_length_or_none",
        old="    fields, pieces = frame(response, request._replace(version=(1, 0)))\n",
        new='    if request.method == "GET":\n'
        "        request = request._replace(version=(1, 0))\n"
        "    fields, pieces = frame(response, request)\n",
    ),
    Mistake(
        "",
        "changes the case of names",
        "test_start_response_gets_the_head",
        old="    start_response(status, [*response.fields, *fields])\n",
        new="    start_response(status, [(n.title(), v) for n, v in [*response.fields, *fields]])\n",
    ),
    Mistake(
        "",
        "takes a second piece if the first is empty",
        "test_pieces_are_passed_on",
        old="    return Outgoing(first, pieces, response.content)\n",
        new='    return Outgoing(first or next(pieces, b""), pieces, response.content)\n',
    ),
)
