"use strict";
(function () {
  const root = document.documentElement;
  const PAPER_WIDTH = 680; // pixels: what an A4 or Letter page leaves between its margins
  const MARKS_ON_A_PHONE = 2; // more names of events would run into each other
  const nodes = Array.from(document.querySelectorAll("script.figure"));

  // "var(--name)" is a colour of the page, "var(--name)/25" the same at 25 % opacity.
  function colour(text, style) {
    const found = /^var\((--[a-z0-9-]+)\)(?:\/(\d+))?$/.exec(text);
    if (!found) return text;
    const value = style.getPropertyValue(found[1]).trim();
    if (!found[2]) return value;
    const part = (at) => parseInt(value.slice(at, at + 2), 16);
    return "rgba(" + part(1) + "," + part(3) + "," + part(5) + "," + Number(found[2]) / 100 + ")";
  }

  function resolve(value, style) {
    if (typeof value === "string") return colour(value, style);
    if (Array.isArray(value)) return value.map((part) => resolve(part, style));
    if (value !== null && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, resolve(part, style)]));
    }
    return value;
  }

  function dress(layout, style, narrow) {
    const text = colour("var(--text)", style), muted = colour("var(--muted)", style), grid = colour("var(--grid)", style);
    const surface = colour("var(--surface)", style);
    layout.paper_bgcolor = surface;
    layout.plot_bgcolor = surface;
    layout.font = { family: getComputedStyle(document.body).fontFamily, size: narrow ? 11 : 12.5, color: text };
    layout.hoverlabel = { bgcolor: surface, bordercolor: grid, font: { color: text } };
    layout.modebar = { bgcolor: "rgba(0,0,0,0)", color: muted, activecolor: text };
    layout.autosize = true;
    Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key)).forEach((key) => {
      const axis = layout[key];
      axis.gridcolor = grid;
      axis.linecolor = grid;
      axis.tickfont = { color: muted };
      if (axis.title) axis.title.font = { color: muted, size: narrow ? 11 : 12.5 };
    });
    return layout;
  }

  function draw(node, printing) {
    const target = document.getElementById(node.dataset.for);
    const style = getComputedStyle(root);
    const narrow = !printing && target.clientWidth < 520;
    const figure = resolve(JSON.parse(node.textContent), style);
    const map = target.classList.contains("tall");
    if (map && narrow) {
      figure.data.filter((trace) => trace.marker).forEach((trace) => { trace.marker.size *= 0.7; });
      figure.layout.dragmode = false;
      figure.layout.legend = { orientation: "h", x: 0, xanchor: "left", y: -0.14, yanchor: "top" };
    }
    const config = {
      displayModeBar: map && !printing, displaylogo: false, responsive: true, scrollZoom: false,
      modeBarButtons: [["zoomIn2d", "zoomOut2d", "resetScale2d"]],
    };
    const marks = figure.layout.annotations;
    if (narrow && marks && marks.length > MARKS_ON_A_PHONE) delete figure.layout.annotations;
    if (printing) figure.layout.width = PAPER_WIDTH;
    return Plotly.react(target, figure.data, dress(figure.layout, style, narrow), config).then(() => {
      target.dataset.rendered = "yes";
    });
  }

  function drawAll(printing) {
    return nodes.reduce((before, node) => before.then(() => draw(node, printing)), Promise.resolve());
  }

  drawAll(false).then(() => { root.dataset.charts = "rendered"; });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll(false));
  window.addEventListener("beforeprint", () => { root.classList.add("print"); drawAll(true); });
  window.addEventListener("afterprint", () => { root.classList.remove("print"); drawAll(false); });
})();
