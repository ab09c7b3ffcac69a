#include "symbolic/emit/cpp_loop.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace chalktape::emit {

using engine::Operand;

CppLoop::CppLoop(CppScope& scope, const engine::Loop& loop, CppWriter& out)
    : scope_(scope), loop_(loop), out_(out), variables_(scope.index_variables(loop.extents)) {
  for (const int k : all()) {
    if (is_reduction(at(k))) reductions_.emplace(k, nested(at(k), rank()));
    for (const Operand& o : at(k).operands)
      if (const int* const other = std::get_if<int>(&o)) readers_[*other].push_back(k);
    if (may_go_past_cache(at(k))) past_cache_.insert(k);
  }
}

std::vector<int> CppLoop::all() const {
  std::vector<int> numbers(loop_.body.size());
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

void CppLoop::print() {
  if (rank() == 0) {
    out_.open("");
    print_level(0, all());
    out_.close();
    return;
  }
  find_rows(0, all());
  print_parts();
}

// What goes over all parts, and around them.
void CppLoop::print_parts() {
  std::vector<int> whole;  // reductions over the outermost axis
  std::string largest = "1";
  for (const auto& [k, r] : reductions_) {
    if (r.anchor != 0) continue;
    whole.push_back(k);
    if (!r.kept.empty() && largest == "1") largest = kept_size(k);
  }
  const std::string parts = local("parts");
  const std::string part = local("part");
  const std::string n = scope_.extent(loop_.extents[0]);
  out_.open("");
  out_.line(fmt::format("const std::size_t {} = {}({}, {}, {});", parts, scope_.helper("part_count"),
                        scope_.extents(loop_.extents, 0, rank()), n, largest));
  for (const int k : whole) {
    const std::string count = reduction(k).kept.empty() ? parts : fmt::format("{} * {}", parts, kept_size(k));
    out_.line(
        fmt::format("const auto {} = {}<{}>({});", id(k, "totals"), scope_.helper("array"), scope_.wide(), count));
  }
  out_.open(fmt::format("{}({}, [&](std::size_t {})", scope_.helper("in_parallel"), parts, part));
  if (loop_.backwards)
    out_.comment("From the last block to the first: what the loop before left in the cache comes first.");
  const std::string which = loop_.backwards ? fmt::format("({} - 1 - {})", parts, part) : part;
  out_.line(fmt::format("const std::size_t {} = {} * {} / {};", local("first"), n, which, parts));
  out_.line(fmt::format("const std::size_t {} = {} * ({} + 1) / {};", local("last"), n, which, parts));
  declare_memory();
  print_level(0, all());
  if (needs_end_of_writes_) out_.line(fmt::format("{}();", scope_.helper("end_writes")));
  out_.close(");");
  for (const int k : whole) finish(k);
  out_.close();
}

// Which values later passes read that an earlier one computed.
void CppLoop::find_rows(std::size_t level, const std::vector<int>& active) {
  if (level >= rank()) return;
  const Passes passes = passes_of(loop_, active, level);
  for (const auto& [k, later] : passes.loaded) {
    if (later.empty()) continue;
    if (at(k).buffer < 0) rows_.try_emplace(k, level);
    past_cache_.erase(k);
  }
  for (int pass = 0; pass <= passes.count; ++pass) {
    std::vector<int> inner;
    for (const int k : active)
      if (const auto found = passes.computed.find(k); found != passes.computed.end() && found->second.contains(pass))
        inner.push_back(k);
    if (!inner.empty()) find_rows(level + 1, inner);
  }
}

// Memory of a part: values that a later pass over an inner axis needs, and partial sums.
void CppLoop::declare_memory() {
  const auto declare = [&](const std::string& name, const std::string& type, const std::string& count) {
    out_.line(fmt::format("const auto {} = {}<{}>({});", name, scope_.helper("array"), type, count));
  };
  for (const auto& [k, level] : rows_)
    declare(id(k, "row"), scope_.type(),
            scope_.extents(loop_.extents, level, static_cast<std::size_t>(at(k).result_depth)));
  for (const auto& [k, r] : reductions_) {
    if (r.kept.empty()) continue;
    if (!r.row) declare(id(k, "block"), scope_.type(), kept_size(k));
    if (r.anchor != 0) declare(id(k, "total"), scope_.wide(), kept_size(k));
  }
}

void CppLoop::print_level(std::size_t level, const std::vector<int>& active) {
  const Passes passes = passes_of(loop_, active, level);
  const auto outer_values = values_;
  const auto outer_hoisted = hoisted_;
  for (int pass = 0; pass <= passes.count; ++pass) {
    for (const int k : active) {
      const auto straight = passes.straight.find(k);
      if (straight != passes.straight.end() && straight->second == pass) print_statement(k);
    }
    std::vector<int> inner;
    for (const int k : active)
      if (const auto found = passes.computed.find(k); found != passes.computed.end() && found->second.contains(pass))
        inner.push_back(k);
    if (inner.empty()) continue;
    for (const auto& [k, later] : passes.loaded)
      if (later.contains(pass)) values_[k] = at(k).buffer >= 0 ? stored(k) : CppText{row_entry(k)};
    if (level + 1 == rank() && pass == passes.count - 1 && pass > 0) print_fetches(active);
    print_axis(level, inner);
    for (const int k : inner)  // values of inner loops are gone
      if (!is_reduction(at(k)) || reduction(k).anchor > level) values_.erase(k);
  }
  if (level > 0) values_ = outer_values;
  hoisted_ = outer_hoisted;
}

// The loop over an axis with what stands before and behind it.
void CppLoop::print_axis(std::size_t axis, const std::vector<int>& active) {
  std::vector<int> anchored;  // reductions whose accumulators live around this loop
  std::vector<int> blocked;   // those of them that are arrays filled in blocks
  std::vector<int> rows;      // reductions that gather the terms of a row here
  for (const int k : active) {
    if (!is_reduction(at(k))) continue;
    const NestedReduction& r = reduction(k);
    if (r.anchor == axis) anchored.push_back(k);
    if (r.anchor == axis && !r.kept.empty() && !r.row) blocked.push_back(k);
    if (r.row == axis) rows.push_back(k);
  }
  clear_accumulators(anchored);
  for (const int k : rows)
    if (!reduction(k).kept.empty())
      out_.line(fmt::format("{} {} = {};", scope_.wide(), id(k, "sum"), identity(k, scope_.wide())));

  if (axis + 1 == rank()) {
    print_innermost(axis, active);
  } else {
    const std::string& i = variables_[axis];
    std::string begin = axis == 0 ? local("first") : "0";
    std::string end = axis == 0 ? local("last") : scope_.extent(loop_.extents[axis]);
    const bool reversed = axis == 0 && loop_.backwards;
    // Blocks of a loop that goes backwards come from the end; inside they are read as memory lies.
    std::string entry;
    if (!blocked.empty() || reversed) {
      const std::string block = local("block");
      const std::string length = !blocked.empty()
                                     ? scope_.helper("block_length")
                                     : fmt::format("{}({} * sizeof({}))", scope_.helper("rows_of_block"),
                                                   scope_.extents(loop_.extents, axis + 1, rank()), scope_.type());
      out_.open(fmt::format("for (std::size_t {0} = {1}; {0} < {2}; {0} += {3})", block, begin, end, length));
      out_.line(fmt::format("const std::size_t {} = std::min({}, {} + {});", local("block_end"), end, block, length));
      if (reversed)
        entry = fmt::format("const std::size_t {0} = {1} + ({2} - {3}) + ({4} - {5});", i, begin, end,
                            local("block_end"), local("step"), block);
      for (const int k : blocked)
        out_.line(
            fmt::format("std::fill_n({}.get(), {}, {});", id(k, "block"), kept_size(k), identity(k, scope_.type())));
      begin = block;
      end = local("block_end");
    }
    if (!blocked.empty() && may_take_several_rows(axis, active)) {
      print_rows_at_once(axis, active, begin, end, entry);
    } else {
      out_.open(fmt::format("for (std::size_t {0} = {1}; {0} < {2}; ++{0})", reversed ? local("step") : i, begin, end));
      if (reversed) out_.line(entry);
      print_level(axis + 1, active);
      out_.close();
    }
    join_blocks(blocked);
    if (!blocked.empty() || reversed) out_.close();
  }
  for (const int k : rows) {
    if (reduction(k).kept.empty()) continue;
    const std::string total = fmt::format("{}[{}]", id(k, "total"), kept_offset(k));
    out_.line(joined(k, total, id(k, "sum")));
  }
  for (const int k : anchored)
    if (axis != 0) finish(k);
}

void CppLoop::clear_accumulators(const std::vector<int>& reductions) {
  for (const int k : reductions) {
    const NestedReduction& r = reduction(k);
    const std::string wide = scope_.wide();
    const std::string total = id(k, "total");
    const std::string zero = identity(k, wide);
    if (r.anchor == 0 && r.kept.empty()) {
      out_.line(fmt::format("{}& {} = {}[{}];", wide, total, id(k, "totals"), local("part")));
      out_.line(fmt::format("{} = {};", total, zero));
    } else if (r.anchor == 0) {
      out_.line(fmt::format("{0}* const {1} = {2}.get() + {3} * {4};", wide, total, id(k, "totals"), local("part"),
                            kept_size(k)));
      out_.line(fmt::format("std::fill_n({}, {}, {});", total, kept_size(k), zero));
    } else if (r.kept.empty()) {
      out_.line(fmt::format("{} {} = {};", wide, total, zero));
    } else {
      out_.line(fmt::format("std::fill_n({}.get(), {}, {});", total, kept_size(k), zero));
    }
  }
}

void CppLoop::join_blocks(const std::vector<int>& reductions) {
  const std::string entry = local("entry");
  for (const int k : reductions) {
    const std::string total = fmt::format("{}[{}]", id(k, "total"), entry);
    print_each(kept_size(k), joined(k, total, fmt::format("{}({}[{}])", scope_.wide(), id(k, "block"), entry)));
  }
}

// One line for every entry of arrays.
void CppLoop::print_each(const std::string& count, const std::string& line) {
  out_.line(
      fmt::format("{}(0, {}, [&](std::size_t {}) {{ {} }});", scope_.helper("each"), count, local("entry"), line));
}

// The accumulator becomes the result: that of all parts, where they share it.
void CppLoop::finish(int k) {
  const engine::Statement& s = at(k);
  const NestedReduction& r = reduction(k);
  const std::string type = scope_.type();
  const std::string divided = s.op->name == "mean" ? fmt::format(" / {}", count(k)) : "";
  if (!s.accumulates) {
    out_.line(fmt::format("const {0} {1} = {0}({2}{3});", type, variable(k), id(k, "total"), divided));
    values_[k] = {variable(k)};
    if (s.buffer >= 0) out_.line(fmt::format("{} = {};", stored(k).text, variable(k)));
    if (rows_.contains(k)) out_.line(fmt::format("{} = {};", row_entry(k), variable(k)));
    return;
  }
  std::string total = id(k, "total");
  if (r.anchor == 0) {
    const std::string part = local("part");
    const std::string totals = id(k, "totals");
    const std::string size = kept_size(k);
    if (r.kept.empty()) {
      out_.line(fmt::format("{} {} = {};", scope_.wide(), total, identity(k, scope_.wide())));
      out_.line(fmt::format("for (std::size_t {0} = 0; {0} < {1}; ++{0}) {2}", part, local("parts"),
                            joined(k, total, fmt::format("{}[{}]", totals, part))));
    } else {
      const std::string entry = local("entry");
      total = totals;
      out_.open(fmt::format("for (std::size_t {0} = 1; {0} < {1}; ++{0})", part, local("parts")));
      print_each(size, joined(k, fmt::format("{}[{}]", totals, entry),
                              fmt::format("{}[{} * {} + {}]", totals, part, size, entry)));
      out_.close();
    }
  }
  if (!r.kept.empty()) total += fmt::format("[{}]", kept_offset(k));
  // Indices of the kept axes are loop variables again.
  for (const std::size_t axis : r.kept) {
    const std::string extent = scope_.extent(loop_.extents[axis]);
    if (axis == r.kept.back()) {
      out_.open(fmt::format("{}(0, {}, [&](std::size_t {})", scope_.helper("each"), extent, variables_[axis]));
    } else {
      out_.open(fmt::format("for (std::size_t {0} = 0; {0} < {1}; ++{0})", variables_[axis], extent));
    }
  }
  out_.line(fmt::format("{} = {}({}{});", stored(k).text, type, total, divided));
  for (std::size_t n = r.kept.size(); n > 0; --n) out_.close(n == r.kept.size() ? ");" : "");
}

void CppLoop::print_statement(int k) {
  const engine::Statement& s = at(k);
  if (is_reduction(s)) return print_term(k);
  std::vector<CppText> operands;
  for (std::size_t p = 0; p < s.operands.size(); ++p) operands.push_back(operand(k, p));
  CppText value = applied(scope_, *s.op, s.attributes, operands);
  const auto row = rows_.find(k);
  if (is_inlined(k) && row == rows_.end()) {
    values_[k] = std::move(value);
    return;
  }
  const bool is_returned = returned_ && returned_->statement == k;
  if (readers_.contains(k) || (is_returned && returned_->is_named)) {
    out_.line(fmt::format("const {} {} = {};", scope_.type(), variable(k), value.text));
    value = {variable(k)};
  }
  values_[k] = value;
  if (is_returned) {
    returned_->value = value.text;
  } else if (s.buffer >= 0) {
    out_.line(fmt::format("{} = {};", stored(k).text, value.text));
  }
  if (row != rows_.end()) out_.line(fmt::format("{} = {};", row_entry(k), value.text));
}

// A term joins its accumulator: a lane, a block, or the total.
void CppLoop::print_term(int k) {
  const NestedReduction& r = reduction(k);
  std::string to = id(k, "total");
  bool is_wide = false;
  if (several_rows_) {
    to = id(k, "rows");
  } else if (lanes_ && r.row) {
    to = fmt::format("{}[{}]", id(k, "lane"), local("lane"));
  } else if (!r.kept.empty()) {
    to = fmt::format("{}[{}]", id(k, "block"), kept_offset(k));
  } else {
    is_wide = true;
  }
  const CppText term = operand(k, 0);
  if (terms_ != nullptr && !is_wide) {
    const std::string kept = id(k, "term");
    out_.line(fmt::format("const {} {} = {};", scope_.type(), kept, term.text));
    terms_->push_back(joined(k, to, kept));
    return;
  }
  out_.line(joined(k, to, is_wide ? fmt::format("{}({})", scope_.wide(), term.text) : term.text));
}

}  // namespace chalktape::emit
