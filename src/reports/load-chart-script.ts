/**
 * The script of the HTML report, as text: it stands in the file as it is, behind uPlot. It draws the charts that the
 * report holds as JSON, in the colours of the palette, and again when the reader turns the lights on or off.
 */
export const CHART_SCRIPT = `"use strict";
(() => {
  const { charts } = JSON.parse(document.getElementById("report-data").textContent);
  const root = document.documentElement;
  const color = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const alpha = (hex, share) => hex + Math.round(share * 255).toString(16).padStart(2, "0");
  const digits = (value) => (value >= 99.95 ? value.toFixed(0) : value >= 9.995 ? value.toFixed(1) : value.toFixed(2));
  const short = (text) => text.replace(/(\\.\\d*?)0+(?=$| )/, "$1").replace(/\\.(?=$| )/, "");
  const count = (value) => (value >= 100 || Number.isInteger(value) ? Math.round(value).toLocaleString("en") : short(digits(value)));
  const latency = (ms) =>
    ms >= 1000 ? digits(ms / 1000) + " s" : ms >= 1 ? digits(ms) + " ms" : digits(ms * 1000) + " \\u00b5s";
  const clock = (seconds) => {
    const whole = Math.round(seconds);
    const two = (value) => String(value).padStart(2, "0");
    const minutes = Math.floor(whole / 60);
    return whole < 3600 ? minutes + ":" + two(whole % 60) : Math.floor(minutes / 60) + ":" + two(minutes % 60) + " h";
  };
  const FORMAT = { rate: count, count, ms: latency, percent: (value) => count(value) + " %" };
  const say = (unit) => (_plot, value) => (value == null ? "\\u2013" : FORMAT[unit](value));

  const marks = (chart) => (plot) => {
    const { ctx, bbox } = plot;
    const dpr = devicePixelRatio;
    ctx.save();
    ctx.font = 600 + " " + 12 * dpr + "px system-ui, sans-serif";
    for (const mark of chart.marks || []) {
      const x = plot.valToPos(mark.x, "x", true);
      ctx.strokeStyle = ctx.fillStyle = color(mark.color);
      ctx.lineWidth = 1.5 * dpr;
      ctx.setLineDash([4 * dpr, 3 * dpr]);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      const isLeft = x > bbox.left + bbox.width / 2;
      ctx.textAlign = isLeft ? "right" : "left";
      const row = mark.label === "broke" ? bbox.top + bbox.height - 8 * dpr : bbox.top + 14 * dpr;
      ctx.fillText(mark.label + " " + count(mark.x) + "/s", x + (isLeft ? -6 : 6) * dpr, row);
    }
    ctx.restore();
  };

  const axis = (unit, size) => ({
    stroke: color("--quiet"),
    grid: { stroke: color("--line"), width: 1 },
    ticks: { show: false },
    font: "11px system-ui, sans-serif",
    ...(size === undefined ? {} : { size }),
    values: (_plot, splits) => splits.map((value) => (value == null ? null : short(unit(value)))),
  });

  const options = (chart, width) => ({
    width,
    height: width < 420 ? 190 : 230,
    cursor: {
      ...(chart.along === "time" ? { sync: { key: "time" } } : {}),
      points: { size: 7 },
      drag: { x: true, y: false },
    },
    legend: { live: true },
    scales: {
      x: { time: false },
      y: chart.log
        ? { distr: 3, log: 10 }
        : { range: (_plot, _least, most) => [0, chart.unit === "percent" ? 100 : (most > 0 ? most : 1) * 1.08] },
    },
    axes: [
      { ...axis(chart.along === "time" ? clock : count, 30), space: 60,
        ...(chart.along === "time" ? { incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 28800, 86400] } : {}) },
      axis(FORMAT[chart.unit], 62),
    ],
    series: [
      { label: chart.along === "time" ? "at" : "step", value: (_plot, value) => (value == null ? "\\u2013" : chart.along === "time" ? clock(value) : count(value) + "/s") },
      ...chart.series.map((each) => ({
        label: each.label,
        stroke: color(each.color),
        width: each.dash ? 1.25 : 1.75,
        value: say(chart.unit),
        ...(each.dash ? { dash: [5, 4] } : {}),
        ...(each.fill ? { fill: alpha(color(each.color), 0.1) } : {}),
        points: { show: Boolean(each.points), size: 7, fill: color("--surface") },
      })),
    ],
    hooks: { draw: [marks(chart)] },
  });

  let plots = [];
  const draw = () => {
    for (const { plot } of plots) plot.destroy();
    plots = charts.flatMap((chart) => {
      const place = document.getElementById("chart-" + chart.id);
      if (!place) return [];
      const data = [chart.x, ...chart.series.map(({ values }) => values)];
      const plot = new uPlot(options(chart, place.clientWidth), data, place);
      plot.ctx.canvas.setAttribute("role", "img");
      plot.ctx.canvas.setAttribute("aria-label", chart.summary);
      return [{ plot, place, chart }];
    });
    root.dataset.drawn = String(plots.length);
  };
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new ResizeObserver(() => {
    for (const { plot, place, chart } of plots) {
      const { width, height } = options(chart, place.clientWidth);
      if (width !== plot.width) plot.setSize({ width, height });
    }
  }).observe(document.querySelector("main"));
})();
`;
