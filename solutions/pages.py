"""The pages of the message board: its templates, its style and its script. This module is given.

The chapter *capstone* uses it. It belongs to no chapter, and imports none.
"""

from __future__ import annotations

import hashlib
from html import escape
from string import Template


class Html(str):
    """Text that is HTML already. Any other text is escaped where it is filled in."""

    __slots__ = ()


def fill(template: str, **values: object) -> Html:
    """Return a template with each value in the place of its $name, escaped unless it is Html.

    Raises KeyError for a name that has no value.
    """
    texts = {
        name: value if isinstance(value, Html) else escape(str(value))
        for name, value in values.items()
    }
    return Html(Template(template).substitute(texts))


STYLE = """
body { max-width: 40rem; margin: 0 auto; padding: 2rem 1.5rem; line-height: 1.5;
  font-family: system-ui, sans-serif; color: #1f2937; background: #f8fafc; }
header { display: flex; gap: 1rem; align-items: baseline; margin-bottom: 1rem; }
h1 { margin: 0; flex: 1; font-size: 1.8rem; letter-spacing: -.02em; }
header form { display: inline; }
article, .box { padding: .7rem 1rem; margin-bottom: .7rem; border-radius: .5rem; background: white;
  box-shadow: 0 1px 3px #0003; overflow-wrap: anywhere; }
article p { margin: 0; white-space: pre-wrap; }
article.waiting { opacity: .5; }
label { display: block; margin-bottom: .6rem; }
input, button { font: inherit; }
.box input { width: 100%; box-sizing: border-box; }
time, #state { color: #64748b; font-size: .85rem; }
.problem { color: #b91c1c; }
"""

# What the server sends is text, and stays text: textContent never makes an element of it, and
# innerHTML would. `since` is the id of the last message that is shown.
SCRIPT = """
"use strict"
const list = document.getElementById("messages")
const waitingList = document.getElementById("waiting")
const state = document.getElementById("state")
const form = document.getElementById("write")
const place = `waiting for ${form ? form.dataset.name : ""}`
const waiting = new Map(JSON.parse(sessionStorage.getItem(place) || "[]"))  // key: text
let since = Number(list.dataset.since)
let socket = null
let tries = 0

function article(author, text, time) {
  const item = document.createElement("article")
  const name = document.createElement("b")
  const when = document.createElement("time")
  const words = document.createElement("p")
  name.textContent = author
  when.textContent = time
  words.textContent = text
  item.append(name, " ", when, words)
  return item
}

function show(message) {
  if (message.id <= since) return          // it is here already
  since = message.id
  const time = new Date(message.at * 1000).toISOString().slice(0, 16).replace("T", " ")
  const item = article(message.author, message.text, time)
  item.dataset.id = message.id
  list.prepend(item)
}

function showWaiting() {
  sessionStorage.setItem(place, JSON.stringify([...waiting]))
  waitingList.replaceChildren(...[...waiting.values()].map((text) => {
    const item = article(form.dataset.name, text, "is being sent")
    item.className = "waiting"
    return item
  }))
}

function forget(key) {
  if (waiting.delete(key)) showWaiting()
}

function send(key) {                       // a second time does no harm: the key is the same
  if (socket && socket.readyState === WebSocket.OPEN) {
    socket.send(JSON.stringify({ key, text: waiting.get(key) }))
  }
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss" : "ws"
  socket = new WebSocket(`${scheme}://${location.host}/live?since=${since}`)
  socket.onmessage = (event) => {
    const { messages, more, key, problem } = JSON.parse(event.data)
    if (problem) {
      state.textContent = problem
      if (waiting.has(key) && !form.elements.text.value) form.elements.text.value = waiting.get(key)
    }
    if (key) forget(key)                   // the server has kept it, or will never take it
    if (!messages) return
    messages.forEach(show)
    tries = 0
    state.textContent = more ? "catching up" : "connected"
    if (more) socket.send(JSON.stringify({ since }))
  }
  socket.onopen = () => [...waiting.keys()].forEach(send)
  socket.onclose = () => {
    state.textContent = "connecting again"
    const most = Math.min(5000, 100 * 2 ** tries++)
    setTimeout(connect, most * (0.5 + Math.random() / 2))   // not all browsers in the same moment
  }
}

if (form) {
  form.onsubmit = (event) => {
    event.preventDefault()
    const key = form.elements.key.value
    waiting.set(key, form.elements.text.value)
    form.reset()
    form.elements.key.value = [...crypto.getRandomValues(new Uint8Array(16))]
      .map((octet) => octet.toString(16).padStart(2, "0")).join("")
    showWaiting()
    send(key)
  }
  showWaiting()
}
addEventListener("pagehide", () => { if (socket) { socket.onclose = null; socket.close() } })
addEventListener("pageshow", (event) => { if (event.persisted) connect() })
connect()
"""


def named(name: str, suffix: str, content: str) -> str:
    """Return a name that says its version: a browser keeps the file, and asks for a new one by name."""
    return f"{name}.{hashlib.sha256(content.encode()).hexdigest()[:12]}.{suffix}"


ASSETS = {named("board", "css", STYLE): STYLE, named("board", "js", SCRIPT): SCRIPT}
STYLE_NAME, SCRIPT_NAME = ASSETS

FRAME = (
    """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>$title</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/"""
    + STYLE_NAME
    + """">
<header><h1>$title</h1> $who</header>
$body
"""
)

BOARD = (
    """$form
<p id="state">connecting</p>
<noscript><p>Without JavaScript, reload the page to see what is new.</p></noscript>
<div id="waiting"></div>
<main id="messages" data-since="$since">
$articles</main>
<script src="/static/"""
    + SCRIPT_NAME
    + """" defer></script>
"""
)

WRITE = """<form id="write" class="box" method="post" data-name="$name">
  <input type="hidden" name="key" value="$key">
  <label>Your message <input name="text" maxlength="$longest" required autocomplete="off"></label>
  <button>Send</button>
</form>
"""

ARTICLE = """<article data-id="$id"><b>$author</b> <time>$at</time><p>$text</p></article>
"""

VISITOR = """<a href="/login">Log in</a> <a href="/join">Join</a>"""
KNOWN = """$name <form method="post" action="/logout"><button>Log out</button></form>"""

PERSON = """<form class="box" method="post">
  <p class="problem">$problem</p>
  <label>Name <input name="name" value="$name" required maxlength="30" autocomplete="username"></label>
  <label>Password <input name="password" type="password" required minlength="8" maxlength="200"
    autocomplete="$which"></label>
  <button>$verb</button> <a href="/">Back</a>
</form>
"""


def whole_page(title: str, body: Html, name: str | None = None) -> bytes:
    """Return a page. `name` is the visitor's, or None."""
    who = Html(VISITOR) if name is None else fill(KNOWN, name=name)
    return fill(FRAME, title=title, who=who, body=body).encode()
