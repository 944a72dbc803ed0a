// Scales and axes: from times, sizes and counts to places in a drawing, and the round values to name on the way.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Steps between ticks of time that a person counts in. */
const STEPS = [1, 2, 5, 10, 15, 30].map((n) => n * SECOND).concat(
  [1, 2, 5, 10, 15, 30].map((n) => n * MINUTE), [1, 2, 3, 6, 12].map((n) => n * HOUR), [1, 2, 7, 14, 28, 91, 182, 364].map((n) => n * DAY));

const linear = ([low, high], [start, end]) => {
  const span = high - low || 1;
  return (value) => start + (value - low) / span * (end - start);
};

/** A scale on which equal steps are equal factors; what is below one stands at one. */
const logarithmic = ([low, high], range) => {
  const scale = linear([Math.log(Math.max(1, low)), Math.log(Math.max(1, high, low * 1.01))], range);
  return (value) => scale(Math.log(Math.max(1, value)));
};

/** Round instants within a span, at most so many, each with its label; a new day is named as such. */
const timeTicks = ([low, high], most) => {
  const step = STEPS.find((step) => (high - low) / step <= most) ?? 364 * DAY * Math.ceil((high - low) / most / 364 / DAY);
  const ticks = [];
  let day = "";
  for (let at = Math.ceil(low / step) * step; at <= high; at += step) {
    const [date, clock] = second(at).split(" ");
    const isNew = date !== day;
    day = date;
    const time = step < MINUTE ? clock : clock?.slice(0, 5);
    ticks.push({ at, label: DAY <= step ? date : isNew ? `${date.slice(5)} ${time}` : time });
  }
  return ticks;
};

/** Round sizes within a span: powers of two, eight doublings apart at most. */
const sizeTicks = ([low, high], most) => {
  const [first, last] = [Math.floor(Math.log2(Math.max(1, low))), Math.ceil(Math.log2(Math.max(1, high)))];
  const step = [1, 2, 5, 10].find((step) => (last - first) / step <= most) ?? 10;
  const ticks = [];
  for (let power = Math.ceil(first / step) * step; power <= last; power += step) {
    if (low <= 2 ** power && 2 ** power <= high) ticks.push({ at: 2 ** power, label: size(2 ** power) });
  }
  return ticks;
};

/** An axis below a drawing: a line, ticks and their labels. */
const axis = (ticks, scale, [start, end], top, height) => {
  const parts = [shape("path", { class: "axis", d: `M${start} ${top + height}H${end}` })];
  for (const { at, label } of ticks) {
    const x = scale(at);
    parts.push(shape("path", { class: "tick", d: `M${x.toFixed(1)} ${top}V${top + height + 4}` }),
      shape("text", { x: x.toFixed(1), y: top + height + 16, "text-anchor": x < start + 30 ? "start" : end - 30 < x ? "end" : "middle" }, label));
  }
  return parts;
};

/** A drawing with what it shows in words, for those who do not see it. */
const drawing = (width, height, words, ...parts) =>
  shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words }, parts);

/** A text no wider than so many letters. */
const clipped = (text, letters) => letters < text.length ? `${text.slice(0, Math.max(1, letters - 1))}…` : text;

/** How wide a letter of a label is, in the units of a drawing, at most. */
const LETTER = 6.7;

