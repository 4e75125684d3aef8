"""`STYLE`: how a report looks, on a screen of any width, by day, by night and on paper.

Text has a contrast of 4.5 to 1 or more with its ground, by day and by night; a test measures it in a browser.
"""

STYLE = """
:root {
  color-scheme: light dark;
  --ground: #fbfaf7; --card: #ffffff; --text: #1d2126; --soft: #5b6470; --rule: #dedbd3; --grid: #e8e5de;
  --accent: #0b5c8a; --heat: #4d9fcc; --mark: #fbe7a6; --note: #fdf3d7; --note-rule: #d9a520;
  --c0: #0b6ea8; --c1: #c2571a; --c2: #2c7d4f; --c3: #8a3f9e; --c4: #9a7400; --c5: #b3324e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171b; --card: #1b1f25; --text: #e7e6e2; --soft: #a3abb6; --rule: #353b44; --grid: #2a3038;
    --accent: #7cc0ea; --heat: #1f6c9c; --mark: #5c4a12; --note: #332a12; --note-rule: #c9981f;
    --c0: #5cb3e6; --c1: #f0935a; --c2: #6cc492; --c3: #c98fda; --c4: #d9b343; --c5: #f0849b;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body {
  margin: 0; background: var(--ground); color: var(--text);
  font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "DejaVu Sans", sans-serif;
  overflow-wrap: break-word;
}
.page { max-width: 62rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
header { border-bottom: 1px solid var(--rule); padding-bottom: 1.75rem; }
.over { margin: 0; color: var(--soft); font-size: .8125rem; letter-spacing: .08em; text-transform: uppercase; }
h1 { margin: .25rem 0 .5rem; font-size: clamp(1.75rem, 5vw, 2.5rem); line-height: 1.15; letter-spacing: -.015em; }
header > p:not(.over) { margin: 0; max-width: 46rem; font-size: 1.0625rem; }
h2 { margin: 0 0 1rem; font-size: 1.375rem; line-height: 1.25; letter-spacing: -.01em; }
h3 { margin: 2.5rem 0 .5rem; font-size: 1.0625rem; color: var(--soft); font-weight: 600; }
p { margin: 0 0 1rem; max-width: 46rem; }
a { color: var(--accent); text-underline-offset: .2em; }
.soft, .what, figcaption, .legend { color: var(--soft); }
.what { margin: 1.25rem 0 .35rem; font-size: .9375rem; }
.note {
  background: var(--note); border-left: 3px solid var(--note-rule); padding: .75rem 1rem;
  border-radius: 0 .375rem .375rem 0;
}
.cards { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.5rem 0 0; padding: 0; list-style: none; }
.cards li {
  flex: 1 1 9.5rem; max-width: 16rem; background: var(--card); border: 1px solid var(--rule); border-radius: .5rem;
  padding: .75rem 1rem .85rem;
}
.cards span, .cards small { display: block; color: var(--soft); font-size: .8125rem; line-height: 1.4; }
.cards b {
  display: block; font-size: 1.625rem; line-height: 1.3; font-weight: 650; font-variant-numeric: tabular-nums;
}
nav ul {
  list-style: none; margin: 1.25rem 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem 1.1rem;
  font-size: .9375rem;
}
nav a { display: inline-block; padding: .25rem 0; text-decoration: none; }
nav a:hover { text-decoration: underline; }
section { padding: 2.25rem 0 0; scroll-margin-top: 1rem; min-width: 0; }
.wide { overflow-x: auto; max-width: 100%; margin: 0 0 1rem; }
.wide:focus-visible, pre:focus-visible, a:focus-visible, summary:focus-visible {
  outline: 2px solid var(--accent); outline-offset: 2px;
}
table { border-collapse: collapse; font-size: .9375rem; line-height: 1.45; font-variant-numeric: tabular-nums; }
th, td {
  padding: .5rem 1.25rem .5rem 0; text-align: start; vertical-align: top; border-bottom: 1px solid var(--grid);
}
th:last-child, td:last-child { padding-right: 0; }
thead th {
  color: var(--soft); font-weight: 600; font-size: .8125rem; vertical-align: bottom;
  border-bottom: 1px solid var(--rule);
}
tbody th { font-weight: 600; max-width: 18rem; min-width: 5rem; }
.number { text-align: right; white-space: nowrap; }
thead .number { white-space: normal; }
td small { display: block; color: var(--soft); font-size: .8125rem; }
tbody th { position: sticky; left: 0; background: var(--ground); }
.matrix td, .matrix th { padding: .5rem .75rem; }
.matrix tbody th { padding-left: 0; }
.heat {
  background: color-mix(in srgb, var(--heat) calc(var(--share) * 60%), var(--card)); min-width: 4rem;
  border: 2px solid var(--ground);
}
.heat small { color: inherit; }
.whisker { width: 120px; height: 16px; display: block; margin-top: .2rem; }
.pictures {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 26rem)); gap: 1.25rem;
  margin: 0 0 1rem;
}
figure {
  margin: 0; background: var(--card); border: 1px solid var(--rule); border-radius: .5rem; padding: 1rem;
  max-width: 34rem;
}
figcaption { font-size: .875rem; margin-top: .5rem; line-height: 1.45; }
.diagram { display: block; width: 100%; height: auto; overflow: visible; }
.diagram text { font-size: 12px; fill: var(--soft); font-variant-numeric: tabular-nums; }
.diagram .label { fill: var(--text); }
.grid { stroke: var(--grid); fill: none; } .axis { stroke: var(--soft); fill: none; }
.guide { stroke: var(--soft); stroke-dasharray: 2 4; fill: none; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.dashed { stroke-dasharray: 6 5; }
.bar { fill: var(--c0); opacity: .8; } .cloud { opacity: .55; }
.line.c0 { stroke: var(--c0); } .line.c1 { stroke: var(--c1); } .line.c2 { stroke: var(--c2); }
.line.c3 { stroke: var(--c3); } .line.c4 { stroke: var(--c4); } .line.c5 { stroke: var(--c5); }
circle.c0 { fill: var(--c0); } circle.c1 { fill: var(--c1); } circle.c2 { fill: var(--c2); }
circle.c3 { fill: var(--c3); } circle.c4 { fill: var(--c4); } circle.c5 { fill: var(--c5); }
.legend { display: flex; flex-wrap: wrap; gap: .1rem 1rem; margin: .5rem 0 0; font-size: .875rem; }
.legend span { display: inline-flex; align-items: center; gap: .4rem; max-width: 100%; }
.legend i { font-style: normal; overflow-wrap: anywhere; }
.key { width: 22px; height: 8px; flex: none; }
.facts {
  display: grid; grid-template-columns: minmax(8rem, 13rem) minmax(0, 1fr); gap: 0 1.5rem; margin: 0 0 1rem;
  max-width: 60rem; font-size: .9375rem;
}
.facts dt, .facts dd { margin: 0; padding: .45rem 0; border-bottom: 1px solid var(--grid); }
.facts dt { color: var(--soft); padding-right: 1.5rem; } .facts dd { overflow-wrap: anywhere; }
.errors {
  list-style: none; margin: 0; padding: 0; display: grid; gap: .75rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 27rem), 1fr));
}
.errors li {
  background: var(--card); border: 1px solid var(--rule); border-radius: .5rem; padding: .85rem 1rem; min-width: 0;
}
.errors .text { margin: 0 0 .35rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.errors .text > b:first-child { font-weight: 600; }
.told { display: flex; flex-wrap: wrap; gap: .1rem 1rem; margin: .5rem 0 0; font-size: .875rem; color: var(--soft); }
.told b { font-weight: 400; } .told i { font-style: normal; color: var(--text); overflow-wrap: anywhere; }
mark { background: var(--mark); color: inherit; padding: .05em .2em; border-radius: .2em; }
mark small { font-size: .75em; }
pre {
  margin: 0 0 1rem; padding: .85rem 1rem; overflow-x: auto; background: var(--card); border: 1px solid var(--rule);
  border-radius: .5rem; font-size: .875rem; line-height: 1.55; max-width: 60rem;
}
code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
details { margin: 0 0 1rem; } summary { cursor: pointer; color: var(--accent); padding: .25rem 0; }
footer {
  margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--rule); color: var(--soft); font-size: .875rem;
}
@media (max-width: 40rem) {
  .whisker { display: none; }
  .page { padding-top: 1.5rem; }
  .cards li { flex-basis: 8.5rem; }
  .facts { grid-template-columns: minmax(0, 1fr); }
  .facts dt { border: 0; padding-bottom: 0; }
  .facts dd { padding-top: .1rem; }
  th, td { padding-right: .9rem; }
  figure { padding: .75rem .5rem .75rem .75rem; }
}
@media print {
  .page { padding: 0; max-width: none; } nav { display: none; }
  figure, .errors li, tr { break-inside: avoid; } h2 { break-after: avoid; } .wide, pre { overflow: visible; }
}
"""
