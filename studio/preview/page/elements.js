// Elements of the page, made from text that is never read as HTML.

export function make(tag, classes = '', text = '') {
  const node = document.createElement(tag);
  if (classes) node.className = classes;
  if (text !== '') node.textContent = text;
  return node;
}
