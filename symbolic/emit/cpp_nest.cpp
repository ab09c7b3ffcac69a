#include "symbolic/emit/cpp_nest.hpp"

#include <algorithm>

namespace chalktape::emit {

using engine::Loop;

namespace {

/// What an op costs that is worth a place in memory: a square root is not, an exponential is.
constexpr int expensive = 20;

const engine::Statement& at(const Loop& loop, int k) { return loop.body[static_cast<std::size_t>(k)]; }

}  // namespace

bool is_reduction(const engine::Statement& statement) { return statement.op->reducing[0].combine != nullptr; }

bool is_expensive(const engine::Statement& statement) {
  return !is_reduction(statement) && statement.op->cost >= expensive;
}

NestedReduction nested(const engine::Statement& statement, std::size_t rank) {
  NestedReduction result;
  const auto depth = static_cast<std::size_t>(statement.depth);
  std::vector<bool> is_kept(depth);
  for (std::size_t axis = 0; axis < depth; ++axis)
    is_kept[axis] =
        statement.accumulates ? statement.strides[axis] != 0 : axis < static_cast<std::size_t>(statement.result_depth);
  result.anchor = static_cast<std::size_t>(std::ranges::find(is_kept, false) - is_kept.begin());
  for (std::size_t axis = result.anchor; axis < depth; ++axis)
    (is_kept[axis] ? result.kept : result.reduced).push_back(axis);
  if (depth == rank && depth > 0 && !is_kept.back())
    result.row = result.kept.empty() ? result.anchor : result.kept.back() + 1;
  return result;
}

Passes passes_of(const Loop& loop, const std::vector<int>& active, std::size_t level) {
  Passes passes;
  const std::set<int> here(active.begin(), active.end());
  std::map<int, int> earliest;
  const auto is_straight = [&](int k) { return static_cast<std::size_t>(at(loop, k).depth) == level; };
  for (const int k : active) {
    int pass = 0;
    for (const engine::Operand& operand : at(loop, k).operands) {
      const int* const o = std::get_if<int>(&operand);
      if (o == nullptr || !here.contains(*o)) continue;
      const engine::Statement& other = at(loop, *o);
      const bool ends_here =
          is_reduction(other) && !is_straight(*o) && nested(other, loop.extents.size()).anchor == level;
      pass = std::max(pass, earliest.at(*o) + (ends_here ? 1 : 0));
    }
    earliest[k] = pass;
    if (is_straight(k)) passes.straight[k] = pass;
  }
  std::map<int, std::set<int>> read;  // passes in which deeper statements need each deeper one
  for (auto k = active.rbegin(); k != active.rend(); ++k) {
    if (is_straight(*k)) continue;
    const engine::Statement& statement = at(loop, *k);
    const std::set<int>& needed = read[*k];
    std::set<int>& computed = passes.computed[*k];
    if (is_reduction(statement)) {
      computed = {earliest.at(*k)};
      const bool ends_deeper = nested(statement, loop.extents.size()).anchor > level;
      for (const int later : needed)
        if (ends_deeper && later != earliest.at(*k)) passes.loaded[*k].insert(later);
    } else if (statement.buffer >= 0 || is_expensive(statement)) {
      // Where it is needed first, if that is not before it can be had.
      const int pass = needed.empty() ? earliest.at(*k) : *needed.begin();
      computed = {pass};
      for (const int later : needed)
        if (later != pass) passes.loaded[*k].insert(later);
    } else {
      computed = needed;
    }
    for (const engine::Operand& operand : statement.operands) {
      const int* const o = std::get_if<int>(&operand);
      if (o != nullptr && here.contains(*o) && !is_straight(*o)) read[*o].insert(computed.begin(), computed.end());
    }
  }
  for (const auto& [k, pass] : passes.straight) passes.count = std::max(passes.count, pass);
  for (const auto& [k, computed] : passes.computed)
    if (!computed.empty()) passes.count = std::max(passes.count, *computed.rbegin() + 1);
  return passes;
}

}  // namespace chalktape::emit
