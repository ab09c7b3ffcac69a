// The names and expressions of a printed loop.
#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "symbolic/emit/cpp_loop.hpp"

namespace chalktape::emit {

using engine::Operand;

std::string CppLoop::id(int k, const char* what) { return scope_.names().helper(name_of(k) + "_" + what, "part"); }

// Named after the formula that it is the value or a part of.
std::string CppLoop::name_of(int k) {
  const auto known = names_.find(k);
  if (known != names_.end()) return known->second;
  const CppFunction& f = scope_.function();
  std::string wanted = "value";
  if (const auto named = f.named.find(at(k).node); named != f.named.end()) {
    wanted = f.statements[named->second].definition.name;
  } else if (const auto owner = f.owners.find(at(k).node); owner != f.owners.end()) {
    wanted = f.statements[owner->second].definition.name + "_term";
  }
  std::string name = wanted;
  const auto is_taken = [&] {
    return std::ranges::any_of(names_, [&](const auto& entry) { return entry.second == name; });
  };
  for (int number = 2; is_taken(); ++number) name = wanted + std::to_string(number);
  return names_[k] = name;
}

// x_ij: the entry of x at the loop's indices.
std::string CppLoop::variable(int k) {
  std::string name = name_of(k) + "_";
  for (int axis = 0; axis < at(k).result_depth; ++axis) name += variables_[static_cast<std::size_t>(axis)];
  return scope_.names().helper(at(k).result_depth == 0 ? name + "value" : name, "value");
}

CppText CppLoop::operand(int k, std::size_t position) {
  const Operand& o = at(k).operands[position];
  if (const int* const other = std::get_if<int>(&o)) return values_.at(*other);
  const auto& access = std::get<engine::Access>(o);
  CppText entry = scope_.entry(access.buffer, scope_.coordinates(access.buffer, access.strides, variables_));
  const auto hoisted = hoisted_.find(entry.text);
  return hoisted == hoisted_.end() ? entry : CppText{hoisted->second};
}

CppText CppLoop::stored(int k) {
  const engine::Statement& s = at(k);
  const auto depth = static_cast<std::size_t>(s.accumulates ? s.depth : s.result_depth);
  const engine::Strides strides = s.accumulates ? s.strides : engine::strides_within(loop_.extents, 0, depth, depth);
  return scope_.entry(s.buffer, scope_.coordinates(s.buffer, strides, variables_));
}

std::string CppLoop::row_offset(int buffer, const engine::Strides& strides) {
  std::vector<std::string> outer = variables_;
  outer.back().clear();
  return scope_.offset(scope_.function().loops.buffer(buffer).shape, scope_.coordinates(buffer, strides, outer));
}

std::string CppLoop::row_entry(int k) {
  const std::size_t level = rows_.at(k);
  engine::Shape shape;
  std::vector<std::string> indices;
  for (std::size_t axis = level; axis < static_cast<std::size_t>(at(k).result_depth); ++axis) {
    shape.push_back(loop_.extents[axis]);
    indices.push_back(variables_[axis]);
  }
  return fmt::format("{}[{}]", id(k, "row"), scope_.offset(shape, indices));
}

// Into the one place where it is read, if that is in the same loop: nothing is then done more often.
bool CppLoop::is_inlined(int k) const {
  if (at(k).buffer >= 0 || is_expensive(at(k)) || scope_.function().named.contains(at(k).node)) return false;
  const auto readers = readers_.find(k);
  if (readers == readers_.end()) return true;
  return readers->second.size() == 1 && at(readers->second.front()).depth == at(k).depth;
}

std::string CppLoop::joined(int k, const std::string& total, const std::string& term) {
  if (at(k).op->reducing[0].is_sum) return fmt::format("{} += {};", total, term);
  return fmt::format("{0} = {1}({0}, {2});", total, scope_.helper(at(k).op->name == "max" ? "maximum" : "minimum"),
                     term);
}

std::string CppLoop::identity(int k, const std::string& type) {
  if (at(k).op->reducing[0].is_sum) return type + "(0)";
  return fmt::format("{}std::numeric_limits<{}>::infinity()", at(k).op->name == "max" ? "-" : "", type);
}

std::string CppLoop::count(int k) {
  std::string text;
  for (const std::size_t axis : reduction(k).reduced)
    text += (text.empty() ? "" : " * ") + fmt::format("{}({})", scope_.wide(), scope_.extent(loop_.extents[axis]));
  return reduction(k).reduced.size() > 1 ? "(" + text + ")" : text;
}

std::string CppLoop::kept_offset(int k) {
  engine::Shape shape;
  std::vector<std::string> indices;
  for (const std::size_t axis : reduction(k).kept) {
    shape.push_back(loop_.extents[axis]);
    indices.push_back(variables_[axis]);
  }
  return scope_.offset(shape, indices);
}

std::string CppLoop::kept_size(int k) {
  std::string text;
  for (const std::size_t axis : reduction(k).kept)
    text += (text.empty() ? "" : " * ") + scope_.extent(loop_.extents[axis]);
  return text.empty() ? "1" : text;
}

}  // namespace chalktape::emit
