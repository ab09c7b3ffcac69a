#include "engine/tensor/shapes.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "engine/text.hpp"

namespace chalktape::engine {

Reduction normalised(const Reduction& reduction, int rank, std::string_view op) {
  Reduction result = reduction;
  for (int& axis : result.axes) {
    if (axis < -rank || axis >= rank) throw Error(fmt::format("{}: no axis {} in a tensor of rank {}", op, axis, rank));
    if (axis < 0) axis += rank;
  }
  std::sort(result.axes.begin(), result.axes.end());
  const auto twice = std::adjacent_find(result.axes.begin(), result.axes.end());
  if (twice != result.axes.end()) throw Error(fmt::format("{}: axis {} stands twice", op, *twice));
  return result;
}

Shape reduced_shape(const Shape& x, const Reduction& reduction, std::string_view op) {
  if (!(normalised(reduction, static_cast<int>(x.size()), op) == reduction)) {
    throw Error(
        fmt::format("{}: axes {} of shape {} are not ascending", op, fmt::join(reduction.axes, ","), to_text(x)));
  }
  Shape result;
  for (int axis = 0; axis < static_cast<int>(x.size()); ++axis) {
    const bool reduced = std::binary_search(reduction.axes.begin(), reduction.axes.end(), axis);
    if (!reduced) result.push_back(x[axis]);
    if (reduced && reduction.keepdim) result.push_back(1);
  }
  return result;
}

std::int64_t reduced_count(const Shape& x, const Reduction& reduction) {
  Shape reduced;
  for (const int axis : reduction.axes) reduced.push_back(x.at(axis));
  return element_count(reduced);
}

Shape permuted_shape(const Shape& x, const Permutation& permutation) {
  std::vector<int> sorted = permutation.axes;
  std::sort(sorted.begin(), sorted.end());
  std::vector<int> all(x.size());
  std::iota(all.begin(), all.end(), 0);
  if (sorted != all) {
    throw Error(fmt::format("transpose: axes {} do not permute those of shape {}", fmt::join(permutation.axes, ","),
                            to_text(x)));
  }
  Shape result;
  for (const int axis : permutation.axes) result.push_back(x[axis]);
  return result;
}

Permutation inverse(const Permutation& permutation) {
  Permutation result{std::vector<int>(permutation.axes.size())};
  for (std::size_t k = 0; k < permutation.axes.size(); ++k) result.axes[permutation.axes[k]] = static_cast<int>(k);
  return result;
}

Shape reshaped_shape(const Shape& x, const Shape& target) {
  if (element_count(x, "reshape") != element_count(target, "reshape")) {
    throw Error(
        fmt::format("reshape: shapes {} and {} have different numbers of elements", to_text(x), to_text(target)));
  }
  return target;
}

Shape broadcasted_shape(const Shape& x, const Shape& target) {
  element_count(target, "broadcast_to");
  if (broadcast_shape(x, target, "broadcast_to") != target) {
    throw Error(fmt::format("broadcast_to: shape {} does not broadcast to {}", to_text(x), to_text(target)));
  }
  return target;
}

Reduction broadcast_axes(const Shape& x, const Shape& target) {
  Reduction result;
  const std::size_t missing = target.size() - x.size();
  for (std::size_t axis = 0; axis < target.size(); ++axis) {
    if (axis < missing || (x[axis - missing] == 1 && target[axis] != 1)) result.axes.push_back(static_cast<int>(axis));
  }
  return result;
}

Shape diagonal_shape(const Shape& x, const DiagonalAxes& axes) {
  const auto rank = static_cast<int>(x.size());
  if (axes.first < 0 || axes.first >= axes.second || axes.second >= rank || x[axes.first] != x[axes.second]) {
    throw Error(fmt::format("diagonal: axes {} and {} of shape {} are not two of equal length", axes.first, axes.second,
                            to_text(x)));
  }
  Shape result = x;
  result.erase(result.begin() + axes.second);
  result.erase(result.begin() + axes.first);
  result.push_back(x[axes.first]);
  return result;
}

Shape embedded_shape(const Shape& x, const DiagonalAxes& axes) {
  if (x.empty() || axes.first < 0 || axes.first >= axes.second || axes.second > static_cast<int>(x.size())) {
    throw Error(fmt::format("embed_diagonal: the last axis of shape {} does not go to axes {} and {}", to_text(x),
                            axes.first, axes.second));
  }
  Shape result(x.begin(), x.end() - 1);
  result.insert(result.begin() + axes.first, x.back());
  result.insert(result.begin() + axes.second, x.back());
  element_count(result, "embed_diagonal");
  return result;
}

PatternLetters letters_of(const ContractionPattern& pattern) {
  const std::string& text = pattern.pattern;
  const auto bad = [&](std::string_view why) { return Error(fmt::format("contraction: pattern '{}' {}", text, why)); };
  const std::size_t comma = text.find(',');
  const std::size_t arrow = text.find("->");
  if (comma == std::string::npos || arrow == std::string::npos || comma > arrow) throw bad("is not of the form a,b->c");
  PatternLetters letters{text.substr(0, comma), text.substr(comma + 1, arrow - comma - 1), text.substr(arrow + 2)};
  for (const std::string* part : {&letters.a, &letters.b, &letters.result}) {
    if (!std::all_of(part->begin(), part->end(), is_letter)) throw bad("has something other than letters");
  }
  for (const char letter : letters.result) {
    if (std::count(letters.result.begin(), letters.result.end(), letter) > 1)
      throw bad("repeats a letter of the result");
    if ((letters.a + letters.b).find(letter) == std::string::npos) throw bad("has a result letter of no operand");
  }
  return letters;
}

Shape contracted_shape(const Shape& a, const Shape& b, const ContractionPattern& pattern) {
  const PatternLetters letters = letters_of(pattern);
  const auto fail = [&](std::string_view why) {
    throw Error(
        fmt::format("contraction: shapes {} and {} under '{}': {}", to_text(a), to_text(b), pattern.pattern, why));
  };
  if (letters.a.size() != a.size() || letters.b.size() != b.size()) fail("not one letter an axis");
  std::map<char, std::int64_t> lengths;
  const auto note = [&](const std::string& own, const Shape& shape, const std::string& other) {
    for (std::size_t k = 0; k < own.size(); ++k) {
      if (own.find(own[k]) != k) fail("a letter is repeated in one operand");
      if ((other + letters.result).find(own[k]) == std::string::npos) fail("a letter stands in one operand only");
      if (lengths.emplace(own[k], shape[k]).first->second != shape[k]) fail("a letter stands for two lengths");
    }
  };
  note(letters.a, a, letters.b);
  note(letters.b, b, letters.a);
  Shape result;
  for (const char letter : letters.result) result.push_back(lengths.at(letter));
  element_count(result, "contraction");
  return result;
}

}  // namespace chalktape::engine
