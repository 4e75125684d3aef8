const facts = JSON.parse(document.getElementById('facts').textContent);
const form = document.querySelector('form'), answer = document.getElementById('answer');
const make = (tag, kind, text) => {
  const node = document.createElement(tag);
  if (kind) node.className = kind;
  if (text !== undefined) node.textContent = text;
  return node;
};
const show = (...nodes) => answer.replaceChildren(...nodes);
const percent = share => (100 * share).toFixed(1) + ' %';
function given() {
  const fields = {};
  for (const name of facts.fields) {
    const text = form.elements[name].value;
    fields[name] = name === 'choices' ? text.split('\n').filter(line => line.trim()) : text;
  }
  return fields;
}
async function ask(path, body) {
  const reply = await fetch(path, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body)});
  const found = await reply.json();
  if (!reply.ok) throw new Error(found.error);
  return found;
}
function bars(shares) {
  const box = make('div', 'bars');
  for (const [name, share] of shares) {
    const row = make('div', 'bar'), track = make('span', 'track'), fill = make('span', 'fill');
    fill.style.width = 100 * share + '%';
    track.append(fill);
    const label = make('span', '', name);
    label.dir = 'auto';
    row.append(label, track, make('span', 'number', percent(share)));
    box.append(row);
  }
  return box;
}
// Python counts characters, and JavaScript halves of those beyond 0xFFFF.
function marked(text, spans) {
  const characters = Array.from(text), box = make('p', 'text');
  box.dir = 'auto';
  let place = 0;
  for (const span of spans) {
    box.append(characters.slice(place, span.start).join(''));
    const part = make(span.tag || 'mark', span.kind, characters.slice(span.start, span.end).join(''));
    if (span.share !== undefined) part.style.setProperty('--share', span.share);
    if (span.title) part.title = span.title;
    if (span.label) part.append(make('small', '', span.label));
    box.append(part);
    place = span.end;
  }
  box.append(characters.slice(place).join(''));
  return box;
}
function importance(fields, label) {
  const box = make('div'), button = make('button', 'plain', 'Which words speak for “' + label + '”?');
  button.type = 'button';
  button.onclick = async () => {
    button.disabled = true;
    try {
      const found = await ask('importance', {...fields, label});
      const most = Math.max(...found.words.map(word => Math.abs(word.score)), 1e-9);
      const texts = facts.fields.map((name, column) => marked(fields[name], found.words.filter(w => w.column === column).map(w => ({
        start: w.start, end: w.end, tag: 'span', kind: w.score > 0 ? 'for' : 'against', share: Math.abs(w.score) / most, title: w.score.toFixed(3),
      }))));
      box.replaceChildren(make('p', 'what', 'Blue words speak for “' + found.label + '”, orange ones against it.'), ...texts);
    } catch (error) { box.replaceChildren(make('p', 'fault', error.message)); }
  };
  box.append(button);
  return box;
}
function shown(found, fields) {
  if ('entities' in found) {
    const text = marked(fields.text, found.entities.map(e => ({...e, title: percent(e.score)})));
    return [make('p', 'verdict', found.entities.length ? '' : 'Nothing is found in it.'), text];
  }
  if ('answer' in found) {
    const head = make('p', 'verdict', found.answer || 'There is no answer in this text.');
    head.dir = 'auto';
    return [head, make('p', 'soft', 'score ' + found.score.toFixed(3)), marked(fields.context, found.answer ? [found] : [])];
  }
  if ('choice' in found) return [make('p', 'verdict', found.choice), bars(fields.choices.map((text, n) => [text, found.probabilities[n]]))];
  if (!found.probabilities) return [make('p', 'verdict', found.score.toFixed(3))];
  const labels = Array.isArray(found.label) ? found.label : [found.label];
  const order = Object.entries(found.probabilities).sort((one, other) => other[1] - one[1]);
  const best = labels[0] || order[0][0];
  const head = make('p', 'verdict', labels.join(', ') || 'None of the labels.');
  const unlike = found.unlike ? [make('p', 'soft', 'This text is unlike those that the model knows.')] : [];
  return [head, ...unlike, bars(order), ...(facts.explains ? [importance(fields, best)] : [])];
}
form.onsubmit = async event => {
  event.preventDefault();
  const fields = given();
  answer.setAttribute('aria-busy', 'true');
  try { show(...shown(await ask('answer', fields), fields)); }
  catch (error) { show(make('p', 'fault', error.message)); }
  answer.removeAttribute('aria-busy');
};
form.addEventListener('keydown', event => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
