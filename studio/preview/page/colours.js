// The page's colours, by role, as the style sheet has them: the one place where they are literal.

const style = getComputedStyle(document.documentElement);
export const colour = role => style.getPropertyValue(`--${role}`).trim();
