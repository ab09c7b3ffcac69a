#include "lesson/charts.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace chalktape::lesson {
namespace {

std::string number(double value) { return fmt::format("{:.1f}", value); }

Html text_at(double x, double y, const std::string& css_class, const std::string& anchor, const std::string& text) {
  return element("text", {{"x", number(x)}, {"y", number(y)}, {"class", css_class}, {"text-anchor", anchor}}, text);
}

Html picture(const std::string& title, double width, double height, const Html& content) {
  return element("svg",
                 {{"viewBox", fmt::format("0 0 {:.0f} {:.0f}", width, height)},
                  {"class", "chart"},
                  {"role", "img"},
                  {"aria-label", title},
                  {"width", number(width)},
                  {"height", number(height)}},
                 content);
}

/// 12345 as "12 345": with thin spaces, as tables have it.
std::string grouped(double value) {
  std::string digits = fmt::format("{:.0f}", value);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, "\u2009");
  return digits;
}

bool is_shown(double value) { return std::isfinite(value) && value > 0; }

}  // namespace

Html bar_chart(const std::string& title, const std::vector<Bar>& bars) {
  constexpr double label_width = 70, bar_width = 200, value_width = 90, row = 26, top = 24;
  double largest = 0;
  for (const Bar& bar : bars) largest = std::max(largest, bar.value);
  Html content = text_at(0, 14, "chart-title", "start", title);
  double y = top;
  for (const Bar& bar : bars) {
    const double length = largest > 0 ? bar_width * bar.value / largest : 0;
    content += text_at(label_width - 8, y + 15, "chart-label", "end", bar.label);
    content += element("rect",
                       {{"x", number(label_width)},
                        {"y", number(y + 2)},
                        {"width", number(std::max(length, 1.0))},
                        {"height", number(row - 8)},
                        {"class", fmt::format("series-{}", bar.series)}},
                       {});
    content += text_at(label_width + length + 6, y + 15, "chart-label", "start", grouped(bar.value));
    y += row;
  }
  std::string spoken = title + ":";
  for (const Bar& bar : bars) spoken += fmt::format(" {} {:.0f}", bar.label, bar.value);
  return picture(spoken, label_width + bar_width + value_width, y + 4, content);
}

Html line_chart(const std::string& title, const std::string& horizontal, const std::vector<std::string>& places,
                const std::vector<Line>& lines) {
  constexpr double left = 64, right = 100, top = 34, bottom = 48, width = 620, height = 300;
  double low = 0, high = 1;
  bool any = false;
  for (const Line& line : lines) {
    for (const double value : line.values) {
      if (!is_shown(value)) continue;
      low = any ? std::min(low, std::log10(value)) : std::log10(value);
      high = any ? std::max(high, std::log10(value)) : std::log10(value);
      any = true;
    }
  }
  low = std::floor(low);
  high = std::max(std::ceil(high), low + 1);
  const auto x_of = [&](std::size_t k) {
    const double count = places.size() > 1 ? static_cast<double>(places.size() - 1) : 1;
    return left + (width - left - right) * static_cast<double>(k) / count;
  };
  const auto y_of = [&](double decade) { return top + (height - top - bottom) * (high - decade) / (high - low); };

  Html content = text_at(left, 16, "chart-title", "start", title);
  // At most about six lines.
  const double step = std::ceil((high - low) / 6);
  for (double decade = low; decade <= high; decade += step) {
    content += element("line",
                       {{"x1", number(left)},
                        {"x2", number(width - right)},
                        {"y1", number(y_of(decade))},
                        {"y2", number(y_of(decade))},
                        {"class", "chart-grid"}},
                       {});
    content += text_at(left - 8, y_of(decade) + 4, "chart-label", "end", fmt::format("{:g}", std::pow(10.0, decade)));
  }
  for (std::size_t k = 0; k < places.size(); ++k)
    content += text_at(x_of(k), height - bottom + 18, "chart-label", "middle", places[k]);
  content += text_at((left + width - right) / 2, height - 8, "chart-label", "middle", horizontal);

  // Names at the lines' ends, moved apart where ends are close.
  struct End {
    double y;
    const Line* line;
  };
  std::vector<End> ends;
  for (const Line& line : lines) {
    std::string points;
    double last = 0;
    bool shown = false;
    for (std::size_t k = 0; k < line.values.size(); ++k) {
      if (!is_shown(line.values[k])) continue;
      last = y_of(std::log10(line.values[k]));
      points += fmt::format("{}{},{}", shown ? " " : "", number(x_of(k)), number(last));
      content += element("circle",
                         {{"cx", number(x_of(k))},
                          {"cy", number(last)},
                          {"r", "3.5"},
                          {"class", fmt::format("series-{}", line.series)}},
                         {});
      shown = true;
    }
    if (!shown) continue;
    content += element("polyline", {{"points", points}, {"class", fmt::format("line series-{}", line.series)}}, {});
    ends.push_back({last, &line});
  }
  std::sort(ends.begin(), ends.end(), [](const End& a, const End& b) { return a.y < b.y; });
  constexpr double apart = 15;
  for (std::size_t k = 1; k < ends.size(); ++k) ends[k].y = std::max(ends[k].y, ends[k - 1].y + apart);
  for (const End& end : ends)
    content += text_at(width - right + 10, end.y + 4, fmt::format("chart-label name-{}", end.line->series), "start",
                       end.line->label);
  return picture(title, width, height, content);
}

}  // namespace chalktape::lesson
