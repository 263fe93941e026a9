"""Right but unusual answers to chapter 16, which its promises must accept."""

from course.maintain.mistakes import Edit
from course.maintain.unusual import Unusual

FIELDS = """    variables = {}
    for name, _value in headers:
        if "_" in name or name.lower() in ABOUT_CONTENT:
            continue
        separator = "; " if name.lower() == "cookie" else ", "
        variables[f"HTTP_{name.upper().replace('-', '_')}"] = separator.join(headers.get_all(name))
    return variables
"""
ENVIRON = """    environ = copied_variables(request, name, secured) | field_variables(request.headers)
    host, path, environ["QUERY_STRING"] = split_target(request.target)
"""
HOST = """    if host:
        environ["HTTP_HOST"] = host
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
        self.length = length_of(fields)
        self.status, self.fields = status, list(fields)
        return self.write
"""
RAISES = """            raise exc_info[1].with_traceback(exc_info[2])
"""
KEPT = """        self.status, self.fields = status, list(fields)
"""
RUN = """    blocks = application(environ, started.start_response)
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
APPLICATION = """    fields, pieces = frame(response, request._replace(version=(1, 0)))
    first = next(pieces, b"")
    status = f"{response.status} {REASONS.get(response.status, '')}"
    start_response(status, [*response.fields, *fields])
    return Outgoing(first, pieces, response.content)
"""
OUT = """    return Outgoing(first, pieces, response.content)
"""
FRAME = """    fields, pieces = frame(response, request._replace(version=(1, 0)))
"""

UNUSUAL = (
    # Task 1
    Unusual(
        "goes through the names, each once",
        old=FIELDS,
        new="    variables = {}\n"
        "    for name in dict.fromkeys(name.lower() for name, _ in headers):\n"
        '        if "_" in name or name in ABOUT_CONTENT:\n'
        "            continue\n"
        "        values = headers.get_all(name)\n"
        '        if name == "cookie":\n'
        '            variables["HTTP_COOKIE"] = "; ".join(values)\n'
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
        '    for left_out in ("LENGTH", "TYPE"):\n'
        '        variables.pop(f"HTTP_CONTENT_{left_out}", None)\n'
        '    variables.pop("HTTP_TRANSFER_ENCODING", None)\n'
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
        "    left_out = {'HTTP_' + n.upper().translate(table) for n in ABOUT_CONTENT}\n"
        "    return {k: v for k, v in every.items() if k not in left_out}\n",
    ),
    # Task 2
    Unusual(
        "updates one dictionary, in another order",
        old=ENVIRON,
        new="    environ: Environ = {}\n"
        "    environ.update(field_variables(request.headers))\n"
        "    environ.update(copied_variables(request, name, secured))\n"
        "    parts = split_target(request.target)\n"
        "    host, path = parts[:2]\n"
        '    environ["QUERY_STRING"] = parts[-1]\n',
    ),
    Unusual(
        "writes the host by its own means",
        old=HOST,
        new='    environ |= {"HTTP_HOST": host} if host is not None else {}\n',
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
                old="        check_head(status, fields)\n        self.length",
                new="        self.fields = []\n        check_head(status, fields)\n        self.length",
            ),
            Edit(old=KEPT, new="        self.fields += fields\n        self.status = status\n"),
        ),
    ),
    # Task 4
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
        new="    blocks = application(environ, started.start_response)\n"
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
        new="    old = Request(request.method, request.target, (1, 0), request.headers)\n"
        "    fields, pieces = frame(response, old)\n",
    ),
    Unusual(
        "returns a list where all is there",
        old=OUT,
        new="    if isinstance(response.content, bytes):\n"
        "        return [first]\n"
        "    return Outgoing(first, pieces, response.content)\n",
    ),
    Unusual(
        "takes the first piece with a slice",
        old=APPLICATION,
        new="    from itertools import islice\n"
        "\n"
        "    framing, pieces = frame(response, request._replace(version=(1, 0)))\n"
        '    first = b"".join(islice(pieces, 1))\n'
        '    reason = REASONS.get(response.status) or ""\n'
        '    start_response(" ".join((str(response.status), reason)), '
        "list(response.fields) + framing)\n"
        "    return Outgoing(first, pieces, response.content)\n",
    ),
    Unusual(
        "returns an object of its own, which can be closed",
        old=OUT,
        new="    class Closable:\n"
        "        def __iter__(self) -> Iterator[bytes]:\n"
        "            return chain((first,), pieces)\n"
        "\n"
        "        def close(self) -> None:\n"
        "            close_content(response.content)\n"
        "\n"
        "    return Closable()\n",
    ),
    Unusual(
        "looks at each block in a loop of its own",
        old=FIRST,
        new='        first = next((block for block in others if block != b""), b"")\n',
    ),
)
