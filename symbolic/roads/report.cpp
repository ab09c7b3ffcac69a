#include "symbolic/roads/report.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "symbolic/roads/numbers.hpp"

namespace chalktape::roads {
namespace {

using Json = nlohmann::ordered_json;
using Row = std::vector<std::string>;

/// Beyond this, agreement says little.
constexpr double hardly_a_tolerance = 0.05;

std::string scientific(double value) { return value == 0 ? "0" : fmt::format("{:.1e}", value); }

std::string units(double value) {
  if (!std::isfinite(value)) return "inf";
  return value < 1000 ? fmt::format("{:.1f}", value) : fmt::format("{:.1e}", value);
}

constexpr std::size_t widest = 110;

/// The first column to the left, all others to the right; they come in pairs. Where they do not fit beside each other,
/// the first column is repeated in front of those that follow.
std::string table(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const Row& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  }
  std::string text;
  for (std::size_t first = 1, end = first; first < widths.size(); first = end) {
    std::size_t width = widths.front();
    const auto with_next_pair = [&] { return width + widths[end] + widths[end + 1] + 4; };
    while (end < widths.size() && (end == first || with_next_pair() <= widest)) {
      width = with_next_pair();
      end += 2;
    }
    if (first > 1) text += "\n";
    for (const Row& row : rows) {
      std::string line = fmt::format("{:<{}}", row.front(), widths.front());
      for (std::size_t c = first; c < end; ++c)
        line += fmt::format("  {:>{}}", c < row.size() ? row[c] : "", widths[c]);
      line.erase(line.find_last_not_of(' ') + 1);
      text += line + "\n";
    }
  }
  return text;
}

Row tolerances(const Comparison& comparison, const std::string& name, const RoadResult& road) {
  Row row{name};
  for (const auto& tensor : comparison.problem.layer.tensors) {
    row.push_back(scientific(road.accuracy.at(tensor.name).tolerance));
    row.emplace_back();
  }
  return row;
}

/// A row for each road, and one for each kind of tolerance.
std::vector<Row> rows_of(const Comparison& comparison) {
  const auto& tensors = comparison.problem.layer.tensors;
  std::vector<Row> rows{{"road"}};
  for (const auto& tensor : tensors) {
    rows.front().push_back("d" + tensor.name + " error");
    rows.front().emplace_back("ulp");
  }
  rows.front().emplace_back("sweeps");
  rows.front().emplace_back("saved");
  const RoadResult* difference = nullptr;
  const RoadResult* exact = nullptr;
  for (const RoadResult& road : comparison.roads) {
    if (!road.is_candidate) (road.is_difference ? difference : exact) = &road;
    Row row{road.name};
    for (const auto& tensor : tensors) {
      if (!road.accuracy.contains(tensor.name)) {
        row.insert(row.end(), 2, "-");
        continue;
      }
      const Accuracy& accuracy = road.accuracy.at(tensor.name);
      const char* const mark = accuracy.disagrees() ? "! " : (accuracy.is_decided() ? "" : "? ");
      row.push_back(mark + scientific(accuracy.error));
      row.push_back(units(accuracy.ulp));
    }
    row.push_back(road.is_candidate ? "-" : fmt::format("{}", road.walk.cost.sweeps));
    row.push_back(road.is_candidate ? "-" : fmt::format("{}", road.walk.cost.saved));
    rows.push_back(std::move(row));
  }
  if (exact != nullptr) rows.push_back(tolerances(comparison, "tolerance", *exact));
  if (difference != nullptr) rows.push_back(tolerances(comparison, "... of difference", *difference));
  return rows;
}

std::string described(const std::string& name, const Diagnosis& diagnosis) {
  const std::string entry = diagnosis.entry.empty() ? "" : fmt::format("[{}]", fmt::join(diagnosis.entry, ","));
  return fmt::format("  worst at d{}{} (counted from 1): {:.6g}, but should be {:.6g}\n  a guess at the cause: {}\n",
                     name, entry, diagnosis.value, diagnosis.reference,
                     diagnosis.guess.empty() ? "no simple mistake explains it" : diagnosis.guess);
}

/// The entry of a tensor's gradient, as "dx[1,3]".
std::string entry_of(const Comparison& comparison, const std::string& name, std::int64_t flat) {
  return "d" + name + entry_text(shape_of(comparison.problem, name), flat);
}

std::string disagreements(const Comparison& comparison) {
  std::string text;
  for (const RoadResult& road : comparison.roads) {
    for (const auto& [name, accuracy] : road.accuracy) {
      if (!accuracy.disagrees()) continue;
      text += std::isfinite(accuracy.error)
                  ? fmt::format("{}: d{} is off by {}, the tolerance is {}\n", road.name, name,
                                scientific(accuracy.error), scientific(accuracy.tolerance))
                  : fmt::format("{}: {} is {}, but should be {:.6g}\n", road.name,
                                entry_of(comparison, name, accuracy.worst),
                                std::isnan(accuracy.value) ? "nan" : fmt::format("{:.6g}", accuracy.value),
                                accuracy.reference + 0.0);  // no negative zero
      if (const auto found = road.diagnoses.find(name); found != road.diagnoses.end())
        text += described(name, found->second);
    }
  }
  return text;
}

/// What could not be judged, and why, by tensor.
std::map<std::string, std::string> not_judged(const Comparison& comparison) {
  std::map<std::string, std::string> reasons;
  for (const RoadResult& road : comparison.roads) {
    for (const auto& [name, accuracy] : road.accuracy) {
      if (accuracy.is_decided() || reasons.contains(name)) continue;
      reasons[name] =
          std::isfinite(accuracy.tolerance)
              ? fmt::format("at these numbers rounding may carry the {}'s by {}, which leaves no digit to compare",
                            road.name, scientific(accuracy.tolerance))
              : fmt::format("the tape's own numbers are not finite in f64 either, {} first: its condition is not known",
                            entry_of(comparison, name, comparison.unknown.at(name).front()));
    }
  }
  return reasons;
}

std::string doubts(const Comparison& comparison) {
  std::string text;
  const auto reasons = not_judged(comparison);
  for (const auto& [name, why] : reasons) text += fmt::format("d{} cannot be judged: {}\n", name, why);
  for (const auto& [name, entries] : comparison.unknown) {
    if (reasons.contains(name)) continue;
    text += fmt::format(
        "{}{}: the tape's own numbers are not finite there in f64 either, so the condition is not known; roads\n"
        "are held to the tolerance of the other entries\n",
        entry_of(comparison, name, entries.front()),
        entries.size() == 1 ? "" : fmt::format(" and {} more", entries.size() - 1));
  }
  const auto says_little = [](const RoadResult& road) {
    return std::ranges::any_of(road.accuracy, [](const auto& entry) {
      return entry.second.is_decided() && entry.second.tolerance > hardly_a_tolerance;
    });
  };
  if (std::ranges::any_of(comparison.roads, says_little))
    text += "these data leave the dtype hardly a digit: agreement says little here\n";
  return text;
}

std::string conclusion(const Comparison& comparison) {
  if (comparison.agree) return "all roads agree\n";
  for (const RoadResult& road : comparison.roads) {
    for (const auto& [name, accuracy] : road.accuracy)
      if (accuracy.disagrees()) return "the roads do not agree\n";
  }
  return "no verdict: what could be judged agrees, not everything could\n";
}

Json finite(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

}  // namespace

std::string to_text(const Comparison& comparison) {
  const Problem& problem = comparison.problem;
  const std::string sizes = sizes_text(problem);
  std::string text = fmt::format("{}: {}{}{}, seed {}\n\n", problem.layer.name, engine::name_of(problem.dtype),
                                 sizes.empty() ? "" : ", ", sizes, problem.seed);
  text += table(rows_of(comparison)) + "\n";
  for (const RoadResult& road : comparison.roads)
    for (const std::string& note : road.walk.notes) text += fmt::format("{}: {}\n", road.name, note);
  for (const Absence& absence : comparison.absent)
    text += fmt::format("no {} road: {}\n", absence.name, absence.reason);
  text +=
      "error: the largest |a - b|/max(1, |a| + |b|) against a 50-digit reference; ulp: the same distance in units in\n"
      "the last place of the largest entry\n"
      "tolerance: 4*(4*u + r), u the unit roundoff, r the change of the gradient when every op of the tape is off by "
      "u;\n"
      "for differences 4*sqrt(4*u + r) with f64's u and r\n"
      "sweeps: passes over arrays of the largest rank on the way back, derived and fused with one loop for all that "
      "does\n"
      "not wait for a sum, emitted as its loops are; saved: such arrays kept from the forward pass\n\n";
  return text + disagreements(comparison) + doubts(comparison) + conclusion(comparison);
}

std::string to_json(const Comparison& comparison) {
  const Problem& problem = comparison.problem;
  Json json;
  json["layer"] = problem.layer.name;
  json["dtype"] = engine::name_of(problem.dtype);
  json["sizes"] = Json::object();
  for (const std::string& size : problem.layer.sizes) json["sizes"][size] = problem.sizes.at(size);
  json["seed"] = problem.seed;
  json["agree"] = comparison.agree;
  json["roads"] = Json::array();
  for (const RoadResult& road : comparison.roads) json["roads"].push_back(road.name);
  json["gradients"] = Json::array();
  for (const auto& tensor : problem.layer.tensors) {
    Json gradient{
        {"of", tensor.name}, {"error", Json::object()}, {"ulp", Json::object()}, {"tolerance", Json::object()}};
    for (const RoadResult& road : comparison.roads) {
      if (!road.accuracy.contains(tensor.name)) continue;
      const Accuracy& accuracy = road.accuracy.at(tensor.name);
      gradient["error"][road.name] = finite(accuracy.error);
      gradient["ulp"][road.name] = finite(accuracy.ulp);
      gradient["tolerance"][road.name] = finite(accuracy.tolerance);
    }
    json["gradients"].push_back(std::move(gradient));
  }
  json["cost"] = Json::object();
  for (const RoadResult& road : comparison.roads) {
    if (road.is_candidate) continue;
    json["cost"][road.name] = {{"sweeps", road.walk.cost.sweeps}, {"saved", road.walk.cost.saved}};
  }
  json["diagnoses"] = Json::array();
  for (const RoadResult& road : comparison.roads) {
    for (const auto& [name, diagnosis] : road.diagnoses) {
      json["diagnoses"].push_back({{"of", name},
                                   {"entry", diagnosis.entry},
                                   {"value", finite(diagnosis.value)},
                                   {"reference", finite(diagnosis.reference)},
                                   {"guess", diagnosis.guess.empty() ? Json(nullptr) : Json(diagnosis.guess)}});
    }
  }
  if (json["diagnoses"].empty()) json.erase("diagnoses");
  if (const auto reasons = not_judged(comparison); !reasons.empty()) json["not_judged"] = reasons;
  json["absent"] = Json::object();
  for (const Absence& absence : comparison.absent) json["absent"][absence.name] = absence.reason;
  json["notes"] = Json::array();
  for (const RoadResult& road : comparison.roads)
    for (const std::string& note : road.walk.notes) json["notes"].push_back(road.name + ": " + note);
  return json.dump(2) + "\n";
}

}  // namespace chalktape::roads
