// Prints one fused loop of a loop program as nested loops.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "symbolic/emit/cpp_nest.hpp"
#include "symbolic/emit/cpp_text.hpp"
#include "symbolic/emit/cpp_writer.hpp"

namespace chalktape::emit {

/// The outermost axis is cut into parts, which threads may share and whose sums are joined in order, so that results do
/// not depend on the threads. Sums over an outer axis are carried in the type over 64 steps and in the wider type
/// beyond; sums along the innermost axis in several lanes, which compilers make vectors of. Of an innermost
/// loop's large results that nobody reads again one goes past the cache, if nothing is summed along the row.
class CppLoop {
 public:
  CppLoop(CppScope& scope, const engine::Loop& loop, CppWriter& out);
  void print();

 private:
  [[nodiscard]] const engine::Statement& at(int k) const { return loop_.body[static_cast<std::size_t>(k)]; }
  [[nodiscard]] std::vector<int> all() const;
  [[nodiscard]] std::size_t rank() const { return loop_.extents.size(); }
  [[nodiscard]] const NestedReduction& reduction(int k) const { return reductions_.at(k); }

  [[nodiscard]] bool may_go_past_cache(const engine::Statement& statement) const;
  void print_parts();
  void find_rows(std::size_t level, const std::vector<int>& active);
  void declare_memory();
  void print_level(std::size_t level, const std::vector<int>& active);
  void print_axis(std::size_t axis, const std::vector<int>& active);
  void print_innermost(std::size_t axis, const std::vector<int>& active);
  void print_written_row(std::size_t axis, const std::vector<int>& active, int k);
  [[nodiscard]] bool fills_space(const engine::Statement& statement) const;
  [[nodiscard]] bool varies_in_row(int k, const std::vector<int>& active) const;
  [[nodiscard]] std::size_t whole_arrays() const;
  void print_fetches(const std::vector<int>& active);
  void print_entries(std::size_t axis, const std::vector<int>& active);
  void print_lanes(std::size_t axis, const std::vector<int>& active, const std::vector<int>& rows,
                   const std::string& begin, const std::string& end);
  [[nodiscard]] std::vector<const engine::Access*> reads(const std::vector<int>& active) const;
  [[nodiscard]] bool may_take_several_rows(std::size_t axis, const std::vector<int>& active) const;
  void print_rows_at_once(std::size_t axis, const std::vector<int>& active, const std::string& begin,
                          const std::string& end, const std::string& entry);
  void hoist(std::size_t axis, const std::vector<int>& active);
  void print_statement(int k);
  void print_term(int k);
  void clear_accumulators(const std::vector<int>& reductions);
  void join_blocks(const std::vector<int>& reductions);
  void print_each(const std::string& count, const std::string& line);
  void finish(int k);

  /// What a statement is called, its value's identifier, and that of something that belongs to it ("total").
  [[nodiscard]] std::string name_of(int k);
  [[nodiscard]] std::string variable(int k);
  [[nodiscard]] std::string id(int k, const char* what);
  /// An identifier that is no name of the layer.
  [[nodiscard]] std::string local(const char* name) { return scope_.names().helper(name, "local"); }
  [[nodiscard]] CppText operand(int k, std::size_t position);
  [[nodiscard]] CppText stored(int k);
  [[nodiscard]] std::string row_entry(int k);
  /// Where the row of an array begins that the innermost loop goes along.
  [[nodiscard]] std::string row_offset(int buffer, const engine::Strides& strides);
  [[nodiscard]] bool is_inlined(int k) const;
  /// The statement by which a term joins a total.
  [[nodiscard]] std::string joined(int k, const std::string& total, const std::string& term);
  [[nodiscard]] std::string identity(int k, const std::string& type);
  [[nodiscard]] std::string count(int k);
  [[nodiscard]] std::string kept_offset(int k);
  [[nodiscard]] std::string kept_size(int k);

  /// The statement whose value the body of write_row gives. What the body does besides comes after it: the value then
  /// has a name, since behind a store a compiler would have to read again what it is computed from.
  struct Returned {
    int statement = 0;
    bool is_named = false;
    std::string value;
  };

  CppScope& scope_;
  const engine::Loop& loop_;
  CppWriter& out_;
  std::vector<std::string> variables_;
  std::map<int, NestedReduction> reductions_;
  std::map<int, std::vector<int>> readers_;
  std::map<int, CppText> values_;               // of statements, where the printer is
  std::map<std::string, std::string> hoisted_;  // entries read before the innermost loop, and their names
  std::map<int, std::size_t> rows_;             // statements kept for later passes, and the level of those
  std::set<int> past_cache_;                    // statements whose results may be written past the cache
  std::map<int, std::string> names_;
  std::optional<Returned> returned_;           // where the innermost loop's body gives a value
  bool needs_end_of_writes_ = false;           // whether something may have gone past the cache
  std::vector<std::string>* terms_ = nullptr;  // where statements go by which terms join their sums, if not in place
  bool several_rows_ = false;                  // whether terms join their sums after several rows
  bool lanes_ = false;                         // whether terms along the innermost loop go into lanes
};

}  // namespace chalktape::emit
