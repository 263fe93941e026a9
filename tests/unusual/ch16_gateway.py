"""Right but unusual answers to chapter 16, which its promises must accept."""

from course.maintain.mistakes import Edit
from course.maintain.unusual import Unusual

FIELDS = """    variables = {}
    for name, _value in headers:
        key = name.upper().replace("-", "_")
        if "_" in name or key in ("CONTENT_LENGTH", "TRANSFER_ENCODING"):
            continue
        separator = "; " if key == "COOKIE" else ", "
        variable = key if key == "CONTENT_TYPE" else f"HTTP_{key}"
        variables[variable] = separator.join(headers.get_all(name))
    return variables
"""
ENVIRON = """    environ = copied_variables(request, name, secured) | field_variables(request.headers)
    target = request.target
    if host := host_in(target):
        environ["HTTP_HOST"] = host
        target = target.partition("://")[2].removeprefix(host)
    path, _, query = target.partition("?")
"""
ABSOLUTE = """        target = target.partition("://")[2].removeprefix(host)
"""
PATH = """    environ["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1")
"""
LENGTH = """    if "content-length" in request.headers or "transfer-encoding" in request.headers:
        environ["CONTENT_LENGTH"] = str(len(request.content))
"""
INPUT = """    environ["wsgi.input"] = BytesIO(request.content)
    return environ
"""
STARTED = """        if exc_info and self.is_out:
            raise exc_info[1].with_traceback(exc_info[2])
        if self.was_called and not exc_info:
            raise RuntimeError("start_response() was called again, without exc_info")
        self.was_called, self.status = True, ""
        check_head(status, fields)
        for name, _value in fields:
            if name.lower() in HOP_BY_HOP:
                raise ValueError(f"only the server writes {name}")
        self.length = length_of(fields)
        self.status, self.fields = status, list(fields)
        return self.write
"""
RAISES = """            raise exc_info[1].with_traceback(exc_info[2])
"""
KEPT = """        self.status, self.fields = status, list(fields)
"""
RUN = """    started = started or Started()
    blocks = application(environ, started.start_response)
    try:
        others = map(checked, blocks)
        first = next(filter(None, others), b"")
        return started.response(first, others, blocks)
    except BaseException:
        close_content(blocks)
        raise
"""
FIRST = """        first = next(filter(None, others), b"")
"""
APPLICATION = """        request, response = ask(handler, environ)
        try:
            framing, pieces = frame(response, request._replace(version=(1, 0)))
            first = next(pieces, b"")
            status = f"{response.status} {REASONS.get(response.status, '')}"
            start_response(status, [*response.fields, *framing])
        except BaseException:
            close_content(response.content)
            raise
        return Outgoing(first, pieces, response.content)
"""
WHOLE = """
    # TASK 5. request._replace(version=(1, 0)) is the same request, of another version.
    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
"""
OUT = """        return Outgoing(first, pieces, response.content)
"""
FRAME = """            framing, pieces = frame(response, request._replace(version=(1, 0)))
"""

UNUSUAL = (
    # Task 1
    Unusual(
        "goes through the names, each once",
        old=FIELDS,
        new="    variables = {}\n"
        "    for name in dict.fromkeys(name.lower() for name, _ in headers):\n"
        '        if "_" in name or name in {"content-length", "transfer-encoding"}:\n'
        "            continue\n"
        "        values = headers.get_all(name)\n"
        '        if name == "cookie":\n'
        '            variables["HTTP_COOKIE"] = "; ".join(values)\n'
        '        elif name == "content-type":\n'
        '            variables["CONTENT_TYPE"] = ", ".join(values)\n'
        "        else:\n"
        '            variables["HTTP_" + name.upper().replace("-", "_")] = ", ".join(values)\n'
        "    return variables\n",
    ),
    Unusual(
        "appends to what is there",
        old=FIELDS,
        new="    variables: dict[str, str] = {}\n"
        "    for name, value in headers:\n"
        '        if "_" in name:\n'
        "            continue\n"
        '        key = "HTTP_" + name.replace("-", "_").upper()\n'
        "        if key in variables:\n"
        '            variables[key] += ("; " if key == "HTTP_COOKIE" else ", ") + value\n'
        "        else:\n"
        "            variables[key] = value\n"
        '    variables.pop("HTTP_CONTENT_LENGTH", None)\n'
        '    variables.pop("HTTP_TRANSFER_ENCODING", None)\n'
        '    if "HTTP_CONTENT_TYPE" in variables:\n'
        '        variables["CONTENT_TYPE"] = variables.pop("HTTP_CONTENT_TYPE")\n'
        "    return variables\n",
    ),
    Unusual(
        "uses get(), and translates",
        old=FIELDS,
        new="    table = str.maketrans('-', '_')\n"
        "    kept = [n for n, _ in headers if '_' not in n]\n"
        "    every = {'HTTP_' + n.upper().translate(table): headers.get(n) or '' for n in kept}\n"
        "    if 'cookie' in headers:\n"
        "        every['HTTP_COOKIE'] = '; '.join(headers.get_all('cookie'))\n"
        "    if 'HTTP_CONTENT_TYPE' in every:\n"
        "        every['CONTENT_TYPE'] = every.pop('HTTP_CONTENT_TYPE')\n"
        "    left_out = ('HTTP_CONTENT_LENGTH', 'HTTP_TRANSFER_ENCODING')\n"
        "    return {k: v for k, v in every.items() if k not in left_out}\n",
    ),
    # Task 2
    Unusual(
        "updates one dictionary, in another order",
        old=ENVIRON,
        new="    environ: Environ = {}\n"
        "    environ.update(field_variables(request.headers))\n"
        "    environ.update(copied_variables(request, name, secured))\n"
        "    host = host_in(request.target)\n"
        "    if host is None:\n"
        '        path, _, query = request.target.partition("?")\n'
        "    else:\n"
        '        environ["HTTP_HOST"] = host\n'
        '        start = request.target.index("://") + 3 + len(host)\n'
        '        path, _, query = request.target[start:].partition("?")\n',
    ),
    Unusual(
        "splits at the first question mark",
        old=ABSOLUTE,
        new='        target = target.split("://", 1)[1][len(host) :] or "/"\n',
    ),
    Unusual(
        "decodes with unquote() and latin-1",
        old=PATH,
        new="    from urllib.parse import unquote\n\n"
        '    environ["PATH_INFO"] = unquote(path, "latin-1")\n',
    ),
    Unusual(
        "looks for the variables instead of the fields",
        old=LENGTH,
        new="    if {'content-length', 'transfer-encoding'} & {\n"
        "        n.lower() for n, _ in request.headers\n"
        "    }:\n"
        '        environ["CONTENT_LENGTH"] = f"{len(request.content)}"\n',
    ),
    Unusual(
        "writes the content into the BytesIO, and rewinds",
        old=INPUT,
        new="    stream = BytesIO()\n"
        "    stream.write(request.content)\n"
        "    stream.seek(0)\n"
        '    return {**environ, "wsgi.input": stream}\n',
    ),
    # Task 3
    Unusual(
        "decides by is_out first",
        old=STARTED,
        new="        if exc_info is not None:\n"
        "            if self.is_out:\n"
        "                raise exc_info[1].with_traceback(exc_info[2])\n"
        "        elif self.was_called:\n"
        "            raise RuntimeError('start_response() was called twice')\n"
        "        self.was_called = True\n"
        "        self.status = ''\n"
        "        length = length_of(fields) if type(fields) is list and all(\n"
        "            type(f) is tuple and [*map(type, f)] == [str, str] for f in fields\n"
        "        ) else None\n"
        "        check_head(status, fields)\n"
        "        if HOP_BY_HOP & {name.lower() for name, _ in fields}:\n"
        "            raise ValueError('hop by hop')\n"
        "        self.length = length\n"
        "        self.status = status\n"
        "        self.fields = fields\n"
        "        return self.write\n",
    ),
    Unusual(
        "raises the exception as it is",
        old=RAISES,
        new="            raise exc_info[1]\n",
    ),
    Unusual(
        "forgets exc_info at the end",
        old=RAISES,
        new="            try:\n"
        "                raise exc_info[1].with_traceback(exc_info[2])\n"
        "            finally:\n"
        "                exc_info = None\n",
    ),
    Unusual(
        "takes the head back after an error",
        edits=(
            Edit(
                old="        check_head(status, fields)\n        for name, _value in fields:\n",
                new="        self.fields = []\n"
                "        check_head(status, fields)\n"
                "        for name, _value in fields:\n",
            ),
            Edit(old=KEPT, new="        self.fields += fields\n        self.status = status\n"),
        ),
    ),
    # Task 4
    Unusual(
        "looks for a question mark itself",
        old='    path, _, query = target.partition("?")\n',
        new="    cut = target.find('?') if '?' in target else len(target)\n"
        "    path, query = target[:cut], target[cut + 1 :]\n",
    ),
    Unusual(
        "takes blocks in a loop",
        old=FIRST,
        new='        first = b""\n'
        "        for first in others:\n"
        "            if first:\n"
        "                break\n",
    ),
    Unusual(
        "uses a generator for the others",
        old=RUN,
        new="    if started is None:\n"
        "        started = Started()\n"
        "    blocks = application(environ, started.start_response)\n"
        "    good = False\n"
        "    try:\n"
        "        iterator = iter(blocks)\n"
        '        first = b""\n'
        "        while not first:\n"
        "            try:\n"
        "                first = checked(next(iterator))\n"
        "            except StopIteration:\n"
        "                break\n"
        "        others = (checked(block) for block in iterator)\n"
        "        response = started.response(first, others, blocks)\n"
        "        good = True\n"
        "        return response\n"
        "    finally:\n"
        "        if not good:\n"
        "            close_content(blocks)\n",
    ),
    Unusual(
        "catches what is not an Exception apart",
        old="    except BaseException:\n        close_content(blocks)\n        raise\n",
        new="    except (Exception, KeyboardInterrupt, SystemExit, GeneratorExit):\n"
        "        close_content(blocks)\n"
        "        raise\n",
    ),
    # Task 5
    Unusual(
        "frames a copy of the request for HTTP/1.0",
        old=FRAME,
        new="            old = Request(request.method, request.target, (1, 0), request.headers)\n"
        "            framing, pieces = frame(response, old)\n",
    ),
    Unusual(
        "returns a list where all is there",
        old=OUT,
        new="        if isinstance(response.content, bytes):\n"
        "            return [first]\n"
        "        return Outgoing(first, pieces, response.content)\n",
    ),
    Unusual(
        "closes with an ExitStack",
        old=APPLICATION,
        new="        from contextlib import ExitStack\n"
        "        from itertools import islice\n\n"
        "        request, response = ask(handler, environ)\n"
        "        with ExitStack() as stack:\n"
        "            stack.callback(close_content, response.content)\n"
        "            framing, pieces = frame(response, request._replace(version=(1, 0)))\n"
        "            first = b''.join(islice(pieces, 1))\n"
        "            reason = REASONS.get(response.status) or ''\n"
        "            fields = list(response.fields) + framing\n"
        "            start_response(' '.join((str(response.status), reason)), fields)\n"
        "            stack.pop_all()\n"
        "        return Outgoing(first, pieces, response.content)\n",
    ),
    Unusual(
        "returns a partial",
        edits=(
            Edit(
                old=WHOLE,
                new="\n    return partial(_answer, handler)\n\n\n"
                "def _answer(\n"
                "    handler: Handler, environ: Environ, start_response: StartResponse\n"
                ") -> Iterable[bytes]:\n"
                "    if True:\n",
            ),
            Edit(old=OUT + "\n    return application\n", new=OUT),
        ),
    ),
)
