#include <cmath>

#include <fmt/format.h>

#include "lesson/charts.hpp"
#include "lesson/sections.hpp"

namespace chalktape::lesson {
namespace {

/// Each road keeps its colour on the whole page; central differences have none.
int series_of(const std::string& road) {
  if (road == "tape") return 0;
  if (road == "derived") return 1;
  return road == "fused" ? 2 : 3;
}

Html costs(const LayerLesson& lesson) {
  std::vector<Bar> sweeps, saved, operations;
  std::string difference;
  for (const roads::RoadResult& road : lesson.comparison->roads) {
    if (road.is_difference) {
      difference = fmt::format(" Central differences would take {} sweeps.", road.walk.cost.sweeps);
      continue;
    }
    const int series = series_of(road.name);
    sweeps.push_back({road.name, static_cast<double>(road.walk.cost.sweeps), series});
    saved.push_back({road.name, static_cast<double>(road.walk.cost.saved), series});
    const auto count = lesson.operations.find(road.name);
    if (count != lesson.operations.end()) operations.push_back({road.name, static_cast<double>(count->second), series});
  }
  return element("p", fmt::format("The way back at {}, counted: passes over arrays of the largest rank (what does not "
                                  "wait for a sum shares one loop on the derived road), such arrays kept from the "
                                  "forward pass, and operations on numbers.{}",
                                  roads::sizes_text(lesson.comparison->problem), difference)) +
         element("div", {{"class", "charts"}},
                 bar_chart("Sweeps over memory", sweeps) + bar_chart("Arrays saved", saved) +
                     bar_chart("Operations", operations));
}

std::string units(double value) { return value < 1000 ? fmt::format("{:.1f}", value) : fmt::format("{:.1e}", value); }

Html accuracies(const Accuracy& accuracy) {
  if (accuracy.ratios.empty()) return {};
  std::vector<std::string> places;
  for (const double ratio : accuracy.ratios) places.push_back(fmt::format("{:g}", ratio));
  std::vector<Line> lines;
  // Where a sigmoid saturates errors may be 0, or 1e-38: no decades of a picture are worth that.
  constexpr double least = 0.01;
  bool raised = false;
  for (const Curve& curve : accuracy.curves) {
    Line line{curve.road, curve.ulp, series_of(curve.road)};
    for (double& ulp : line.values) {
      raised = raised || ulp < least;
      if (ulp < least) ulp = least;
    }
    lines.push_back(std::move(line));
  }

  Html head = element("th", {{"scope", "col"}}, "road"), rows;
  for (const std::string& place : places) head += element("th", {{"scope", "col"}}, place);
  for (const Curve& curve : accuracy.curves) {
    Html cells = element("th", {{"scope", "row"}}, curve.road);
    for (const double ulp : curve.ulp) cells += element("td", std::isfinite(ulp) ? units(ulp) : "not finite");
    rows += element("tr", cells);
  }
  const std::string title = fmt::format("Error of d{} in f32, in units in the last place", accuracy.tensor);
  const std::string across = fmt::format("mean / spread of {}", accuracy.tensor);
  Html content =
      element("p", fmt::format("The same numbers moved away from 0: a constant is added to {}, whose spread is "
                               "about 1. The yardstick has 50 digits.{}",
                               accuracy.tensor, raised ? " Less than 0.01 is drawn as 0.01." : "")) +
      element("div", {{"class", "charts"}}, line_chart(title, across, places, lines)) +
      element("details",
              element("summary", "The same in numbers") +
                  element("div", {{"class", "table-box"}},
                          element("table", element("caption", title + "; columns: " + across) +
                                               element("thead", element("tr", head)) + element("tbody", rows))));
  for (const std::string& reason : accuracy.left_out)
    content += element("p", {{"class", "quiet"}}, "Left out: " + reason);
  return content;
}

Html times(const std::vector<Timing>& timings) {
  if (timings.empty()) return {};
  Html charts;
  for (const Timing& timing : timings) {
    std::vector<Bar> bars;
    for (const auto& [road, microseconds] : timing.microseconds)
      bars.push_back({road, std::round(microseconds), series_of(road)});
    charts += bar_chart(fmt::format("{}, {} thread{}, µs", timing.what, timing.threads, timing.threads == 1 ? "" : "s"),
                        bars);
  }
  return element("p", "Forward and backward, measured by ./run bench tape: these are one machine's times.") +
         element("div", {{"class", "charts"}}, charts);
}

}  // namespace

Html cost_section(const LayerLesson& lesson, const std::string& id) {
  Html content;
  if (lesson.comparison) content += costs(lesson) + accuracies(lesson.accuracy);
  content += times(lesson.timings);
  for (const std::string& reason : lesson.left_out)
    content += element("p", {{"class", "quiet"}}, "Left out: " + reason);
  return section(id + "-cost", "cost", "What each road costs, and how exact it is", content);
}

}  // namespace chalktape::lesson
