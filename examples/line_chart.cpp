#include "examples/line_chart.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

namespace {

constexpr double left = 70, right = 620, top = 50, bottom = 350;
// Dark enough on white, and told apart by those who do not see red and green.
constexpr std::array<const char*, 8> colours{"#0b5394", "#b45f06", "#38761d", "#741b47",
                                             "#444444", "#007a87", "#8a6d00", "#a61c00"};

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '<') {
      result += "&lt;";
    } else if (c == '&') {
      result += "&amp;";
    } else {
      result += c;
    }
  }
  return result;
}

bool is_shown(double value) { return std::isfinite(value) && value > 0; }

std::string label(double x, double y, std::string_view anchor, std::string_view text) {
  return fmt::format("  <text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor, escaped(text));
}

std::string rule(double x1, double y1, double x2, double y2, std::string_view colour) {
  return fmt::format("  <path d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\" stroke=\"{}\"/>\n", x1, y1, x2, y2, colour);
}

}  // namespace

std::string line_chart(const std::string& title, const std::string& horizontal, const std::string& vertical,
                       const std::vector<std::string>& places, const std::vector<Line>& lines) {
  double low = INFINITY;
  double high = 0;
  for (const Line& line : lines) {
    for (const double value : line.values) {
      if (!is_shown(value)) continue;
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  if (places.size() < 2 || high == 0) throw std::invalid_argument("a line chart needs two places and a positive value");
  // Whole powers of ten around the values.
  const int lowest = static_cast<int>(std::floor(std::log10(low)));
  const int highest = std::max(lowest + 1, static_cast<int>(std::ceil(std::log10(high))));
  const auto across = [&](std::size_t place) {
    return left + (right - left) * static_cast<double>(place) / static_cast<double>(places.size() - 1);
  };
  const auto up = [&](double value) {
    return bottom - (bottom - top) * (std::log10(value) - lowest) / (highest - lowest);
  };

  std::string svg =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 800 400\" font-family=\"sans-serif\" font-size=\"13\" "
      "fill=\"#222\">\n  <rect width=\"800\" height=\"400\" fill=\"#fff\"/>\n";
  svg += label((left + right) / 2, 28, "middle", title);
  svg += label((left + right) / 2, bottom + 40, "middle", horizontal);
  svg += fmt::format("  <text transform=\"translate(20 {:.1f}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
                     (top + bottom) / 2, escaped(vertical));
  for (int power = lowest; power <= highest; ++power) {
    const double y = up(std::pow(10, power));
    svg += rule(left, y, right, y, power == lowest ? "#222" : "#ddd");
    svg += label(left - 8, y + 4, "end", fmt::format("{:g}", std::pow(10, power)));
  }
  for (std::size_t place = 0; place < places.size(); ++place)
    svg += label(across(place), bottom + 18, "middle", places[place]);
  for (std::size_t k = 0; k < lines.size(); ++k) {
    const char* const colour = colours.at(k % colours.size());
    std::string path;
    for (std::size_t place = 0; place < std::min(places.size(), lines[k].values.size()); ++place) {
      if (!is_shown(lines[k].values[place])) continue;
      path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", across(place), up(lines[k].values[place]));
    }
    if (path.empty()) continue;
    // Solid, dashed, …: not by colour alone.
    const std::string dashes = k == 0 ? "none" : fmt::format("{} 3", 3 * k + 3);
    svg += fmt::format("  <path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\" stroke-dasharray=\"{}\"/>\n",
                       path, colour, dashes);
    const double y = top + 16 + 20 * static_cast<double>(k);
    svg += fmt::format("  <path d=\"M{:.1f} {:.1f}h30\" stroke=\"{}\" stroke-width=\"2\" stroke-dasharray=\"{}\"/>\n",
                       right + 14, y - 4, colour, dashes);
    svg += label(right + 50, y, "start", lines[k].name);
  }
  return svg + "</svg>\n";
}

std::vector<std::string> numbered_places(std::size_t count) {
  std::vector<std::string> places(count);
  const std::size_t step = std::max<std::size_t>(1, (count + 5) / 6);
  for (std::size_t place = 0; place < count; place += step) places[place] = std::to_string(place + 1);
  return places;
}
