"""The page at /docs: every address with its parameters and an example, as plain HTML from the specification.

Nothing is loaded from anywhere: no script, style sheet or font of somebody else's machine, so it works where nothing
may leave this one. The specification itself is at /openapi.json, for whatever tool one likes.
"""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

import orjson

_STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b }
h2 { margin-top: 2.5rem } summary { cursor: pointer; padding: .2rem 0 }
code, pre { font: 14px/1.4 ui-monospace, monospace }
pre { background: #f4f4f2; padding: .7rem; overflow: auto; max-height: 24rem; white-space: pre-wrap }
table { border-collapse: collapse; margin: .5rem 0 } td { padding: .15rem .8rem .15rem 0; vertical-align: top }
details { border-bottom: 1px solid #ddd } b { font-weight: 600 } .method { display: inline-block; width: 3.5rem }
@media (prefers-color-scheme: dark) { body { background: #191919; color: #ddd } pre { background: #262626 } }
"""


def page(spec: Mapping[str, Any]) -> str:
    """The whole page."""
    info = spec["info"]
    about = "".join(f"<p>{escape(line.lstrip('* '))}</p>" for line in info["description"].strip().splitlines() if line)
    tags = "".join(_tag(spec, tag) for tag in spec["tags"])
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(info["title"])}: the API</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head><body>'
        f'<h1>{escape(info["title"])}</h1>{about.replace("**", "").replace("`", "")}'
        '<p>The specification, for tools: <a href="/openapi.json">/openapi.json</a>. Types of events and facts: '
        f'<a href="/types">/types</a>.</p>{tags}</body></html>'
    )


def _tag(spec: Mapping[str, Any], tag: Mapping[str, str]) -> str:
    own = "".join(
        _operation(path, method, found) for path, methods in spec["paths"].items()
        for method, found in methods.items() if tag["name"] in found.get("tags", ())
    )
    return f"<h2>{escape(tag['name'].capitalize())}</h2><p>{escape(tag['description'])}</p>{own}"


def _operation(path: str, method: str, found: Mapping[str, Any]) -> str:
    told = escape(found.get("description", "")).replace("\n\n", "<br>")
    first = told.split("<br>")[0]
    parameters = "".join(map(_parameter, found.get("parameters", ())))
    return (
        f'<details><summary><code><span class="method">{method.upper()}</span><b>{escape(path)}</b></code> {first}'
        f"</summary><p>{told}</p><table>{parameters}</table>{''.join(_bodies(found))}"
        f"{''.join(_answers(found))}{_try(path, method, found)}</details>"
    )


def _parameter(one: Mapping[str, Any]) -> str:
    schema = one.get("schema", {})
    default = f"; {escape(str(schema['default']))} if left out" if schema.get("default") is not None else ""
    choices = next((kind["enum"] for kind in (schema, *schema.get("anyOf", ())) if "enum" in kind), ())
    told = escape(one.get("description", "")) + (": " + ", ".join(map(escape, map(str, choices))) if choices else "")
    needed = "needed" if one.get("required") else one["in"]
    return f"<tr><td><code>{escape(one['name'])}</code></td><td>{needed}</td><td>{told}{default}</td></tr>"


def _bodies(found: Mapping[str, Any]) -> Iterator[str]:
    for kind, content in found.get("requestBody", {}).get("content", {}).items():
        if "example" in content:
            yield f"<p>Send, as <code>{escape(kind)}</code>:</p>{_json(content['example'])}"


def _answers(found: Mapping[str, Any]) -> Iterator[str]:
    for status, told in sorted(found["responses"].items()):
        for content in told.get("content", {}).values():
            if "example" in content:
                yield f"<p>{escape(status)}: {escape(told['description'])}</p>{_json(content['example'])}"


def _try(path: str, method: str, found: Mapping[str, Any]) -> str:
    """A link, where nothing has to be filled in."""
    needed = any(one.get("required") for one in found.get("parameters", ()))
    return "" if method != "get" or needed else f'<p><a href="{escape(path)}">{escape(path)}</a> as it is now</p>'


def _json(value: Any) -> str:
    return f"<pre>{escape(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())}</pre>"
