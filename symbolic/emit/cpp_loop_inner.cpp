// The innermost loop of a printed loop: over entries one by one, in lanes, or for several rows at once.
#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "symbolic/emit/cpp_loop.hpp"

namespace chalktape::emit {

using engine::Operand;

// Whether it stores an entry for each that the loop goes over.
bool CppLoop::fills_space(const engine::Statement& s) const {
  return s.buffer >= 0 && !is_reduction(s) && static_cast<std::size_t>(s.result_depth) == rank();
}

// A result that fills the loop's space and that nobody reads again.
bool CppLoop::may_go_past_cache(const engine::Statement& s) const {
  if (rank() < 2 || !fills_space(s)) return false;
  const engine::LoopProgram& program = scope_.function().loops;
  if (program.buffer(s.buffer).role != engine::Buffer::Role::output) return false;
  const auto reads = [&](const engine::Access& access) { return access.buffer == s.buffer; };
  return std::ranges::none_of(program.steps, [&](const engine::Step& step) {
    if (const auto* const call = std::get_if<engine::Call>(&step)) return std::ranges::any_of(call->operands, reads);
    return std::ranges::any_of(std::get<engine::Loop>(step).body, [&](const engine::Statement& other) {
      return std::ranges::any_of(other.operands, [&](const Operand& o) {
        const auto* const access = std::get_if<engine::Access>(&o);
        return access != nullptr && reads(*access);
      });
    });
  });
}

// What those statements read entry by entry of the loop's space, from memory.
std::vector<const engine::Access*> CppLoop::reads(const std::vector<int>& active) const {
  std::vector<const engine::Access*> result;
  for (const int k : active) {
    for (const Operand& o : at(k).operands) {
      const auto* const access = std::get_if<engine::Access>(&o);
      if (access != nullptr && access->strides.size() == rank() && scope_.has_memory(access->buffer))
        result.push_back(access);
    }
  }
  return result;
}

// Whether several rows may go together: all that a row takes is one innermost loop over terms of sums over rows, and
// rows of one array alone are read. (Several rows of two arrays are more places in memory than the hardware foresees.)
bool CppLoop::may_take_several_rows(std::size_t axis, const std::vector<int>& active) const {
  if (axis + 2 != rank()) return false;
  std::set<int> arrays;
  for (const engine::Access* const access : reads(active))
    if (access->strides[axis] != 0 && access->strides[axis + 1] != 0) arrays.insert(access->buffer);
  return arrays.size() <= 1 && std::ranges::all_of(active, [&](int k) {
           const engine::Statement& s = at(k);
           if (static_cast<std::size_t>(s.depth) != rank()) return false;
           if (!is_reduction(s)) return s.buffer < 0 && !rows_.contains(k);
           return reduction(k).anchor == axis && !reduction(k).row && s.op->reducing[0].is_sum;
         });
}

// The rows of a block, several in one turn of the innermost loop. `entry` gives the row's index where they are
// reversed.
void CppLoop::print_rows_at_once(std::size_t axis, const std::vector<int>& active, const std::string& begin,
                                 const std::string& end, const std::string& entry) {
  const std::string add = local("add_rows");
  const std::string from = local("from");
  const std::string count = local("count");
  const std::string row = local("row");
  const std::string& j = variables_[axis + 1];
  out_.open(fmt::format("const auto {} = [&](std::size_t {}, auto {})", add, from, count));
  out_.open(
      fmt::format("{}(0, {}, [&](std::size_t {})", scope_.helper("each"), scope_.extent(loop_.extents[axis + 1]), j));
  for (const int k : active)
    if (is_reduction(at(k))) out_.line(fmt::format("{0} {1} = {0}(0);", scope_.type(), id(k, "rows")));
  out_.open(fmt::format("for (std::size_t {0} = 0; {0} < {1}; ++{0})", row, count));
  out_.line(
      fmt::format("const std::size_t {} = {} + {};", entry.empty() ? variables_[axis] : local("step"), from, row));
  if (!entry.empty()) out_.line(entry);
  several_rows_ = true;
  print_level(rank(), active);
  several_rows_ = false;
  out_.close();
  for (const int k : active)
    if (is_reduction(at(k))) out_.line(joined(k, fmt::format("{}[{}]", id(k, "block"), kept_offset(k)), id(k, "rows")));
  out_.close(");");
  out_.close(";");
  const std::string several = scope_.helper("rows_at_once");
  out_.line(fmt::format("std::size_t {} = {};", from, begin));
  out_.line(fmt::format("for (; {0} + {1} <= {2}; {0} += {1}) {3}({0}, std::integral_constant<std::size_t, {1}>());",
                        from, several, end, add));
  out_.line(
      fmt::format("for (; {0} < {1}; ++{0}) {2}({0}, std::integral_constant<std::size_t, 1>());", from, end, add));
}

void CppLoop::print_innermost(std::size_t axis, const std::vector<int>& active) {
  const std::string& j = variables_[axis];
  const std::string begin = axis == 0 ? local("first") : "0";
  const std::string end = axis == 0 ? local("last") : scope_.extent(loop_.extents[axis]);
  hoist(axis, active);
  std::vector<int> rows;
  for (const int k : active)
    if (is_reduction(at(k)) && reduction(k).row) rows.push_back(k);
  const auto past_cache = std::ranges::find_if(active, [&](int k) { return past_cache_.contains(k); });
  if (!rows.empty()) {
    print_lanes(axis, active, rows, begin, end);
  } else if (past_cache != active.end()) {
    print_written_row(axis, active, *past_cache);
  } else {
    out_.open(fmt::format("{}({}, {}, [&](std::size_t {})", scope_.helper("each"), begin, end, j));
    print_entries(axis, active);
    out_.close(");");
  }
}

// A row of one result, which may go past the cache: the body gives its value.
void CppLoop::print_written_row(std::size_t axis, const std::vector<int>& active, int k) {
  const bool does_more = std::ranges::any_of(active, [&](int other) {
    return other != k && (is_reduction(at(other)) || at(other).buffer >= 0 || rows_.contains(other));
  });
  const char* const unused = does_more || varies_in_row(k, active) ? "" : "[[maybe_unused]] ";
  const engine::Strides packed = engine::strides_within(loop_.extents, 0, rank(), rank());
  out_.open(fmt::format("{}({} + {}, {}, {} * {} * sizeof({}), [&]({}std::size_t {})", scope_.helper("write_row"),
                        scope_.memory(at(k).buffer), row_offset(at(k).buffer, packed),
                        scope_.extent(loop_.extents[axis]), whole_arrays(), scope_.extents(loop_.extents, 0, rank()),
                        scope_.type(), unused, variables_[axis]));
  returned_ = Returned{k, does_more, {}};
  print_entries(axis, active);
  out_.line(fmt::format("return {};", returned_->value));
  returned_.reset();
  out_.close(");");
  needs_end_of_writes_ = true;
}

// Whether a statement's value depends on the innermost index.
bool CppLoop::varies_in_row(int k, const std::vector<int>& active) const {
  return std::ranges::any_of(at(k).operands, [&](const Operand& o) {
    if (const auto* const access = std::get_if<engine::Access>(&o))
      return scope_.is_indexed(access->buffer) && access->strides.back() != 0;
    const int other = std::get<int>(o);
    if (std::ranges::find(active, other) != active.end()) return varies_in_row(other, active);
    return static_cast<std::size_t>(at(other).result_depth) == rank();
  });
}

// How many arrays have an entry of their own for each that the loop goes over.
std::size_t CppLoop::whole_arrays() const {
  std::set<int> buffers;
  for (const engine::Access* const access : reads(all()))
    if (std::ranges::find(access->strides, 0) == access->strides.end()) buffers.insert(access->buffer);
  for (const engine::Statement& s : loop_.body)
    if (fills_space(s)) buffers.insert(s.buffer);
  return buffers.size();
}

// Rows to come are asked for before the last pass over a row: the first has read it, and memory has nothing to do.
void CppLoop::print_fetches(const std::vector<int>& active) {
  if (rank() < 2) return;
  const std::int64_t row = loop_.extents.back();
  std::map<int, std::string> rows;  // of arrays whose rows follow each other as they are read
  for (const engine::Access* const access : reads(active))
    if (access->strides.back() == 1 && access->strides[rank() - 2] == row)
      rows.emplace(access->buffer, row_offset(access->buffer, access->strides));
  for (const auto& [buffer, offset] : rows)
    out_.line(fmt::format("{}(&{}[{}], {}, {} * sizeof({}));", scope_.helper("fetch"), scope_.memory(buffer), offset,
                          scope_.extent(row), scope_.extents(loop_.extents, 0, rank()), scope_.type()));
}

// What the innermost loop does for one entry. All terms are computed before the first joins its sum: behind a store a
// compiler would have to read again what two of them share.
void CppLoop::print_entries(std::size_t axis, const std::vector<int>& active) {
  std::vector<std::string> joins;
  if (std::ranges::count_if(active, [&](int k) { return is_reduction(at(k)); }) > 1) terms_ = &joins;
  print_level(axis + 1, active);
  terms_ = nullptr;
  for (const std::string& join : joins) out_.line(join);
}

// The innermost loop where reductions add up its terms.
void CppLoop::print_lanes(std::size_t axis, const std::vector<int>& active, const std::vector<int>& rows,
                          const std::string& begin, const std::string& end) {
  const std::string& j = variables_[axis];
  const std::string lanes = scope_.helper("lanes");
  const std::string length = scope_.helper("row_length");
  const std::string row = local("row");
  out_.open(fmt::format("for (std::size_t {0} = {1}; {0} < {2}; {0} += {3})", row, begin, end, length));
  for (const int k : rows) {
    out_.line(fmt::format("{} {}[{}];", scope_.type(), id(k, "lane"), lanes));
    out_.line(fmt::format("std::fill_n({}, {}, {});", id(k, "lane"), lanes, identity(k, scope_.type())));
  }
  out_.open(fmt::format("{}({}, std::min({}, {} + {}), [&](std::size_t {}, std::size_t {})", scope_.helper("in_lanes"),
                        row, end, row, length, j, local("lane")));
  lanes_ = true;
  print_entries(axis, active);
  lanes_ = false;
  out_.close(");");
  for (const int k : rows) {
    const std::string total = id(k, reduction(k).kept.empty() ? "total" : "sum");
    if (at(k).op->reducing[0].is_sum) {
      out_.line(
          joined(k, total, fmt::format("{}<{}>({})", scope_.helper("sum_of_lanes"), scope_.wide(), id(k, "lane"))));
      continue;
    }
    out_.line(fmt::format("for (const {} {} : {}) {}", scope_.type(), local("lane"), id(k, "lane"),
                          joined(k, total, fmt::format("{}({})", scope_.wide(), local("lane")))));
  }
  out_.close();
}

// Entries that are the same all along the innermost loop are read before it: a compiler could not know that no store in
// the loop changes them.
void CppLoop::hoist(std::size_t axis, const std::vector<int>& active) {
  for (const engine::Access* const access : reads(active)) {
    if (access->strides[axis] != 0 || scope_.function().loops.buffer(access->buffer).shape.empty()) continue;
    const auto coordinates = scope_.coordinates(access->buffer, access->strides, variables_);
    const CppText entry = scope_.entry(access->buffer, coordinates);
    if (hoisted_.contains(entry.text)) continue;
    std::string name = scope_.memory(access->buffer) + "_";
    for (const std::string& coordinate : coordinates)
      std::ranges::copy_if(coordinate, std::back_inserter(name), [](char c) { return c != ' ' && c != '+'; });
    name = scope_.names().helper(name, "hoisted");
    out_.line(fmt::format("const {} {} = {};", scope_.type(), name, entry.text));
    hoisted_.emplace(entry.text, name);
  }
}

}  // namespace chalktape::emit
