const dark = window.matchMedia("(prefers-color-scheme: dark)");
const charts = new Map();

const theme = () => {
  const style = getComputedStyle(document.documentElement);
  const text = style.getPropertyValue("--text").trim();
  const line = style.getPropertyValue("--line").trim();
  const narrow = innerWidth < 560;
  const axis = {
    labelColor: text, titleColor: text, domainColor: line, tickColor: line, gridColor: line,
    labelFontSize: 12, labelLimit: narrow ? 120 : 260,
    labelOverlap: "greedy", labelSeparation: 8,
  };
  return {
    background: null,
    font: getComputedStyle(document.body).fontFamily,
    axis,
    legend: { labelColor: text, titleColor: text, labelFontSize: 12, columns: narrow ? 1 : 4 },
    view: { stroke: null },
  };
};

const draw = async (figure) => {
  const spec = JSON.parse(figure.querySelector("script").textContent);
  const options = { actions: false, renderer: "svg", config: theme() };
  charts.get(figure.id)?.finalize();
  charts.set(figure.id, await window.vegaEmbed(figure.querySelector(".chart"), spec, options));
};

const drawAll = async () => {
  await Promise.all([...document.querySelectorAll("figure")].map(draw));
  document.body.dataset.drawn = String(charts.size);
};

window.charts = charts;
dark.addEventListener("change", drawAll);
await drawAll();
