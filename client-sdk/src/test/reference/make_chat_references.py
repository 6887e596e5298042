"""Writes what Transformers makes of chat templates: the reference of JinjaTemplateTest and ChatTemplateTest.

    python make_chat_references.py ../resources/reference/chat

The templates in chat-templates/ are ours, with the prompt formats that the model families publish and the Jinja
constructs that their own templates use. Constructs that we refuse are marked: a refusal is all right, another text never.
"""
import json
import sys
from datetime import datetime
from pathlib import Path

from transformers.utils import chat_template_utils

SPECIAL = {
    "llama-2-chat": ("<s>", "</s>"), "llama-3-instruct": ("<|begin_of_text|>", "<|eot_id|>"),
    "llama-3.2-instruct": ("<|begin_of_text|>", "<|eot_id|>"), "mistral-instruct": ("<s>", "</s>"),
    "qwen2.5-instruct": (None, "<|im_end|>"), "qwen3": (None, "<|im_end|>"),
    "smollm2-instruct": ("<|im_start|>", "<|im_end|>"), "tinyllama-chat": ("<s>", "</s>"),
    "chatml-with-generation": (None, "<|im_end|>"),
}
TODAY = datetime(2024, 7, 26)


def turn(role, content):
    return {"role": role, "content": content}


CHATS = [
    [turn("user", "Hello?")],
    [turn("user", " What is {{ 6 * 7 }}? {% if x %} {# c #}\n"), turn("assistant", " false "), turn("user", "0")],
    [turn("system", " Be brief.\n"), turn("user", "Hi <b> & 'q' \"d\" \\n"), turn("assistant", "naïve 猫 🐈"),
     turn("user", "And?"), turn("assistant", "")],
    [turn("user", "Why?"), turn("assistant", "<think>\nhm\n</think>\n\nBecause."), turn("user", "false"),
     turn("assistant", "<think>well</think>So.")],
    [turn("assistant", "I begin."), turn("user", "No.")],
    [turn("nobody", "x")],
]

MESSAGES = [turn("system", " Be {{ brief }} {% x %} {# c #}. "), turn("user", "Hi <b> & 'q' \"d\"\n\\n "),
            turn("assistant", "<think>\nhm\n</think>\n\n Hello "), turn("user", "5")]

CONSTRUCTS = [
    '{{ messages[1:] | length }}',
    '{{ messages[::-1][0].content }}',
    '{{ messages[-1].content }}',
    "{{ messages[-1]['content'] }}",
    '{% for m in messages[::-1] %}{{ m.role }},{% endfor %}',
    '{% for m in messages[1:] %}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.index }}{{loop.length}}|{% endfor %}',
    "{% for m in messages if m.role == 'user' %}{{ loop.index }}{{ m.content }}{% endfor %}",
    "{% for m in messages %}{{ loop.previtem.role if loop.previtem is defined else 'none' }}{{ loop.nextitem.role }}{% endfor %}",
    "{{ messages[2].content.split('</think>')[-1].lstrip('\\n') }}",
    "{{ messages[2].content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') }}|",
    '{{ messages[0].content.strip() }}|{{ messages[0].content | trim }}|',
    "{{ 'a\\nb' }}",
    "{{ 'a\\\\nb' }}",
    '{{ "it\'s" }}',
    "{{ 'a\\tb' }}",
    '{{ messages[1].content }}',
    '{{ messages[1].content | tojson }}',
    '{{ messages | tojson }}',
    "{{ {'a': [1, 2.5, true, none], 'b': 'é<'} | tojson }}",
    "{{ {'a': 1} | tojson(indent=4) }}",
    "{{ bos_token + '[INST] ' + messages[0].content | trim + ' [/INST]' }}",
    "{{ bos_token ~ 3 ~ '[INST] ' }}",
    "{% set ns = namespace(a=1, b='x') %}{% for m in messages %}{% set ns.a = ns.a + 1 %}{% endfor %}{{ ns.a }}{{ ns.b }}",
    "{% set ns = namespace(found=false) %}{% for m in messages %}{% if m.role == 'user' %}{% set ns.found = true %}{% endif %}{% endfor %}{{ ns.found }}{% if ns.found %}Y{% endif %}",
    '{% set x = 1 %}{% for m in messages %}{% set x = x + 1 %}{% endfor %}{{ x }}',
    '{% for m in messages %}{% set y = 1 %}{% endfor %}{{ y is defined }}',
    "{% for m in messages %}{% if loop.first %}{% set z = 'q' %}{% endif %}{{ z }}{% endfor %}",
    '{% if true %}{% set y = 1 %}{% endif %}{{ y }}',
    '{{ tools is none }}{{ tools is not none }}{{ nope is defined }}{{ nope is not defined }}{{ not nope is defined }}{{ tools is defined }}',
    '{{ messages[0].content is string }}{{ messages is string }}{{ messages[0] is mapping }}{{ messages is iterable }}{{ messages is sequence }}{{ 5 is number }}{{ add_generation_prompt is true }}{{ add_generation_prompt is false }}{{true is boolean}}',
    '{% if messages[0].content is not string %}no{% else %}yes{% endif %}',
    "{{ 'a' if nope else 'b' }}|{{ 'a' if nope }}|",
    "{{ 'tool_calls' in messages[0] }}{{ 'role' in messages[0] }}{{ 'e' in 'Hello' }}{{ 'x' not in messages[0] }}",
    "{{ (messages[0].role == 'user') != (0 % 2 == 0) }}",
    "{% if (messages[0]['role'] == 'user') != (0 % 2 == 0) %}A{% endif %}",
    "{{ messages[0].content.startswith('<tool') }}{{ messages[2].content.endswith('Hello ') }}{{ messages[0].role.upper() }}{{ messages[0].role | upper }}{{ messages[0].role.title() }}{{ messages[0].role.capitalize() }}{{ messages[0].role | capitalize}}",
    "{{ '</think>' in messages[2].content }}",
    '{{ not(true) }}{{ true and not false }}',
    '{{ nope }}|',
    '{{ messages[0].nope }}|',
    "{{ messages[0]['nope'] is defined }}",
    "{{ messages[0].get('nope', 'dflt') }}{{ messages[0].get('role') }}",
    "{{ messages[0].nope | default('d') }}{{ nope | default('') }}|{{ '' | default('x', true) }}",
    '{%- if true -%}  a  {%- endif -%}  b',
    'a\n  {% if true %}\n  b\n  {% endif %}\nc\n',
    'a\n\n',
    '{# comment #}\nx',
    '  {#- c -#}  x',
    '{%+ if true %}x{% endif %}',
    '{% generation %}x{{ 1 }}{% endgeneration %}y',
    '{% for i in range(3) %}{% if i == 1 %}{% continue %}{% endif %}{{ i }}{% endfor %}',
    '{% for i in range(3) %}{% if i == 1 %}{% break %}{% endif %}{{ i }}{% endfor %}',
    "{% macro f(a, b='z') %}[{{ a }}{{ b }}]{% endmacro %}{{ f('q') }}{{ f('q', b='w') }}",
    "{{ messages | length }}{{ messages|length - 1 }}{{ messages | map(attribute='role') | join(', ') }}",
    "{{ messages | selectattr('role', 'equalto', 'user') | list | length }}{{ messages | rejectattr('role', 'equalto', 'user') | list | length }}",
    "{{ ['a','b'] | reject('equalto', 'a') | join(', ') }}",
    '{% for k, v in messages[0].items() %}{{ k }}={{ v }};{% endfor %}',
    '{% for k, v in messages[0] | items %}{{ k }};{% endfor %}',
    '{% for k in messages[0] %}{{ k }};{% endfor %}',
    '{% set a, b = 1, 2 %}{{ a }}{{ b }}',
    '{% set x %}block{% endset %}{{ x }}',
    '{{ 7 // 2 }}{{ 7 / 2 }}{{ 7 % 2 }}{{ 2 ** 3 }}{{ 1 + 2 }}',
    "{{ '5' == 5 }}{{ 1 == 1.0 }}{{ '' == none }}{{ nope == none }}{{ '' == nope }}",
    "{{ true }}{{ none }}{{ [1,'a'] }}{{ {'a': 1} }}{{ 1.0 }}",
    '{{ True }}{{ None }}{{ False }}',
    "{{ raise_exception('bad') }}",
    "{% if false %}{{ raise_exception('bad') }}{% endif %}ok",
    "{{ messages[0].content[1:3] }}|{{ 'abc'[0] }}|{{ 'abc'[-1] }}|{{ 'abcdef'[:-1] }}|{{ 'abc'[::-1] }}",
    "{{ 'a,b,c'.split(',') | length }}{{ 'a,b,c'.split(',', 1)[1] }}{{ 'a b  c'.split() | length }}",
    "{{ 'aXbX'.replace('X', '-') }}{{ 'aXbX' | replace('X', '-') }}",
    "{{ ' x '.lstrip() }}|{{ ' x '.rstrip() }}|{{ 'xxaxx'.strip('x') }}",
    "{{ 'a' ~ nope ~ 'b' }}",
    "{{ 'a' + nope }}",
    "{{ 'a' + 1 }}",
    "{{ 'a' + none }}",
    "{% if messages[0]['role'] == 'system' and messages[0]['content'] %}A{% elif true %}B{% else %}C{% endif %}",
    "{% for message in messages %}{% if message.role == 'nobody' %}{% else %}{{ message.role[0] }}{% endif %}{% else %}empty{% endfor %}",
    '{% for m in [] %}x{% else %}empty{% endfor %}',
    '{{ messages[0].content | safe }}',
    "{{ '<' | e }}",
    '{{ (messages | last).role }}{{ (messages | first).role }}{{ messages | last }}',
    '{{ messages[0].content|trim|length }}',
    "{% for m in messages %}{{ loop.cycle('a','b') }}{{ loop.revindex0 }}{{loop.revindex}}{% endfor %}",
    "{{ '%s is %d' | format('a', 3) }}",
    "{{ '%s' % 'a' }}",
    '{{ dict(a=1).a }}',
    "{{ strftime_now('%d %b %Y') | length }}",
    '{% raw %}{{ x }}{% endraw %}',
    "{{ 'user' in ['user','x'] }}{{ ['user'] == ['user'] }}",
    '{{ messages[5] }}|',
    '{{ messages[5].role }}|',
    '{% if not loop is defined %}x{% endif %}',
    "{{ 1 if messages else 2 }}{{ 1 if '' else 2 }}{{ 1 if [] else 2 }}{{ 1 if 0 else 2 }}{{ 1 if {} else 2 }}{{ 1 if 'false' else 2 }}{{ 1 if '0' else 2 }}",
    "{{ 'a' or 'b' }}{{ '' or 'b' }}{{ 'a' and 'b' }}",
    "{% if 'a' or '' %}x{% endif %}",
    "{{ 3 > 2 }}{{ 'b' > 'a' }}{{ 1 < 2 < 3 }}",
    '{{ -1 }}{{ 3 - 5 }}{{ -messages|length }}',
    "{%- for message in messages %}\n    {%- if message.role == 'user' %}\n        {{- '<|u|>' + message.content }}\n    {%- endif %}\n{%- endfor %}\n",
    "{{ '{{' }}{{ '}}' }}{{ '{%' }}",
    "{{ messages[0].content == messages[0]['content'] }}",
    '{{ lorem.ipsum }}',
    "{{ unknown_fn('x') }}",
    "{{ 'x' | unknown_filter }}",
    '{% unknown_tag %}',
    "{{ 'x' is unknown_test }}",
    '{% if x %}',
    "{{ 'x' ",
    '{{ \'\\u00e9\' }}{{ \'é\' }}{{ \'\\x41\' }}{{ \'\\\'\' }}{{ "\\"" }}',
    "{{ messages[0].content.find('Be') }}{{ 'aa'.count('a') }}",
    "{{ ('a', 'b') | join('-') }}{{ (1,2)[0] }}",
    '{% set m = messages[0] %}{{ m.role }}{% set m = messages[1] %}{{ m.role }}',
    '{{ [1,2] + [3] }}',
    "{{ 'ab' * 3 }}",
    '{% filter upper %}x{% endfilter %}',
    '{% call f() %}{% endcall %}',
    '{% with a = 1 %}{{ a }}{% endwith %}',
    '{{ messages[0].content is defined and messages[0].content is not none }}',
    "{{ messages|map('upper')|list }}",
    "{{ 'a\\r\\nb' }}",
    "{% set content = messages[0].content | trim + '!' %}{{ content }}",
    "{% set content = '<h>' + messages[0]['role'] + '<e>\\n\\n'+ messages[0]['content'] | trim + '<eot>' %}{{ content }}",
    "{{- '<|s|>' }}{{ '  lead' }}\n{{ 'x' }}",
    "{{ 'yes' if messages[0].role == 'system' and not nope else 'no' }}",
    '{{ messages[loop_index | default(0)].role }}',
    '{{ (messages|length - 1) - 0 }}',
    '{% for message in messages[::-1] %}{% set index = (messages|length - 1) - loop.index0 %}{{ index }}{% endfor %}',
    "{% if 'false' %}Y{% else %}N{% endif %}",
    "{{ 'Y' if messages[3].content == 5 else 'N' }}",
    "{% for m in messages if m.role == 'user' %}{{ loop.length }}{% endfor %}",
    "{{ 'y' if not messages[0].role == 'user' else 'n' }}",
    "{{ 'a,b'.split('|')[0] }}",
    "{% for m in messages if 'if' in m.content or m.role == 'user' %}{{ m.role }}{% else %}none{% endfor %}",
    "{{ messages[0].content[:: -2] }}{{ messages[1:3][0].role }}{{ 'abc'[5:] }}{{ 'abcdef'[-3:-1] }}",
    '{{ \'\\\'a\\\'\' }}{{ "a\\\\n" }}{{ \'x\\ty\' }}',
    "{{ strftime_now('%d %b %Y') }}",
    "{% set a = 'x' if false else 'y' %}{{ a }}",
    '{% set ns = namespace() %}{% set ns.x = [1] + [2] %}{{ ns.x | length }}',
    "{{ 'a' if messages[0].content is defined and not messages[0].nope is defined else 'b' }}",
    "{{ ' x\\u00a0\\n'.strip() }}|",
    'x\n{% if true %}\ny\n{% endif %}\n\nz\n',
    '{% if true -%}\n  a\n{%- endif %}\n b',
    "  {{ 'a' }}  \n  {{- 'b' -}}  \n c",
    "{{ messages | map(attribute='content') | first }}",
    "{{ 'A' ~ 1 + 2 }}",
    '{{ 2 + 3 * 4 - 1 }}{{ (2 + 3) * 4 }}{{ 7 % 4 }}{{ -7 % 4 }}{{ -7 // 2 }}',
    '{{ none == none }}{{ tools == none }}{{ nope == none }}',
    "{{ (messages[0].role == 'system' and 'S') or 'T' }}",
    '{{ undefined_name.x.y }}',
    '{% for x in nope %}a{% else %}b{% endfor %}',
    '{{ nope | length }}',
    '{{ [] | first }}|',
    "{{ 'b' in {'b': 1} }}{{ {'b': 1}.b }}{{ {'b': 1}['c'] }}|",
    'a\r\n{% if true %}\r\n  b\r\n{% endif %}\rc\r\n',
    "{{ 'a' 'b' }}",
    '{{ true && true }}{{ messages ? 1 : 2 }}',
    '{{ messages[0].content if messages[0].role == "system" and messages | length > 1 else "" }}',
    "{% for m in messages %}{% for n in messages[:2] %}{{ loop.index }}{{ n.role[0] }}{% endfor %}{{ loop.index }}{% endfor %}",
    "{% set ns = namespace(t='') %}{% for m in messages %}{% set ns.t = ns.t ~ m.role[:1] %}{% endfor %}{{ ns.t | upper }}",
    "{% if messages[0].role == 'user' %}A{% elif messages[0].role == 'system' %}{% if messages | length == 4 %}B{% else %}C{% endif %}{% else %}D{% endif %}",
]

# Refused by name, because nothing in a chat without tools needs them.
REFUSED = {
    "{{ {'a': [1, 2.5, true, none], 'b': 'é<'} | tojson }}",
    "{{ {'a': 1} | tojson(indent=4) }}",
    '{% for i in range(3) %}{% if i == 1 %}{% continue %}{% endif %}{{ i }}{% endfor %}',
    '{% for i in range(3) %}{% if i == 1 %}{% break %}{% endif %}{{ i }}{% endfor %}',
    "{% macro f(a, b='z') %}[{{ a }}{{ b }}]{% endmacro %}{{ f('q') }}{{ f('q', b='w') }}",
    "{{ ['a','b'] | reject('equalto', 'a') | join(', ') }}",
    '{{ 7 // 2 }}{{ 7 / 2 }}{{ 7 % 2 }}{{ 2 ** 3 }}{{ 1 + 2 }}',
    "{{ '5' == 5 }}{{ 1 == 1.0 }}{{ '' == none }}{{ nope == none }}{{ '' == nope }}",
    "{{ true }}{{ none }}{{ [1,'a'] }}{{ {'a': 1} }}{{ 1.0 }}",
    "{{ '<' | e }}",
    '{{ (messages | last).role }}{{ (messages | first).role }}{{ messages | last }}',
    "{% for m in messages %}{{ loop.cycle('a','b') }}{{ loop.revindex0 }}{{loop.revindex}}{% endfor %}",
    "{{ '%s is %d' | format('a', 3) }}",
    "{{ '%s' % 'a' }}",
    "{{ 3 > 2 }}{{ 'b' > 'a' }}{{ 1 < 2 < 3 }}",
    '{{ \'\\u00e9\' }}{{ \'é\' }}{{ \'\\x41\' }}{{ \'\\\'\' }}{{ "\\"" }}',
    '{{ [1,2] + [3] }}',
    "{{ 'ab' * 3 }}",
    '{% filter upper %}x{% endfilter %}',
    '{% with a = 1 %}{{ a }}{% endwith %}',
    "{{ messages|map('upper')|list }}",
    "{{ ' x\\u00a0\\n'.strip() }}|",
}


def rendered(template, messages, generation_prompt, bos, eos):
    tokens = {name: token for name, token in (("bos_token", bos), ("eos_token", eos)) if token}
    compiled = chat_template_utils._compile_jinja_template(template)
    values = dict(messages=messages, tools=None, documents=None, add_generation_prompt=generation_prompt,
                  strftime_now=TODAY.strftime, **tokens)
    spans = []
    if "generation %}" in template:
        text, spans = chat_template_utils._render_with_assistant_indices(
            compiled, messages, None, None, generation_prompt,
            **{k: v for k, v in values.items() if k not in ("messages", "tools", "documents", "add_generation_prompt")})
        return text, spans
    return compiled.render(**values), spans


def construct(template):
    entry = {"template": template}
    try:
        entry["text"] = rendered(template, MESSAGES, True, "<s>", "</s>")[0]
    except Exception:  # whatever it is, it is not a text
        pass
    if template in REFUSED:
        entry["refused"] = True
    return entry


def case(family, messages, generation_prompt):
    template = Path(__file__).with_name("chat-templates").joinpath(family + ".jinja").read_text()
    bos, eos = SPECIAL[family]
    entry = {"messages": messages, "addGenerationPrompt": generation_prompt}
    try:
        entry["text"], spans = rendered(template, messages, generation_prompt, bos, eos)
        entry["generations"] = [list(span) for span in spans]
    except Exception as e:
        entry["error"] = str(e)
    return entry


def main():
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    write(out / "constructs.json", {"messages": MESSAGES, "constructs": [construct(c) for c in CONSTRUCTS]})
    for family, (bos, eos) in SPECIAL.items():
        source = Path(__file__).with_name("chat-templates").joinpath(family + ".jinja").read_text()
        write(out / (family + ".json"), {
            "bos": bos, "eos": eos, "template": source,
            "cases": [case(family, chat, prompt) for chat in CHATS for prompt in (False, True)]})


def write(path, content):
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n")


main()
