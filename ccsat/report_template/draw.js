"use strict";
document.querySelectorAll("[data-figure]").forEach(function (box) {
  var figure = JSON.parse(box.nextElementSibling.textContent);
  box.replaceChildren();
  Plotly.newPlot(box, figure.data, figure.layout, { responsive: true, displaylogo: false, displayModeBar: false });
});
