// Looks up the names and indices of one statement.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "symbolic/language/diagnostics.hpp"
#include "symbolic/language/expression.hpp"
#include "symbolic/notation/declarations.hpp"
#include "symbolic/notation/ranges.hpp"

namespace chalktape::notation {

/// What a statement's place allows.
struct Permissions {
  bool gradients = false;        ///< `dx[i,j]`
  bool derivatives = false;      ///< `diff(e, x[i,j])`
  bool literal_indices = false;  ///< `x[1,2]`
  bool any_name = false;         ///< the signature is broken: an unknown name may be one of it
};

/// One statement: bind() its left side's indices, resolve() its expressions, then finish(). The trees that resolve()
/// returns have their ranges filled in by finish(). All errors go to the diagnostics.
class StatementResolver {
 public:
  StatementResolver(const Declarations& declarations, language::Diagnostics& diagnostics, Permissions permissions)
      : declarations_(declarations), diagnostics_(diagnostics), permissions_(permissions), ranges_(diagnostics) {}

  /// Names whose definitions are still to come, and where.
  void set_later(const std::map<std::string, language::Span>* later) { later_ = later; }

  /// Binds the index to the end of the statement. A range that is already known may be given.
  void bind(const language::Index& index);
  /// Binds every index of the expression that nothing in it binds, in order of first appearance.
  void bind_free_indices(const language::Expr& expression);
  [[nodiscard]] language::Expr resolve(const language::Expr& expression);
  /// Infers the ranges, fills them into the resolved trees and returns the statement's own indices.
  [[nodiscard]] std::vector<language::Index> finish();

 private:
  using Node = std::shared_ptr<language::Expression>;

  [[nodiscard]] Node resolve_node(const language::Expression& expression);
  void resolve_access(language::Expression& node);
  void resolve_call(const language::Expression& node);
  void resolve_derivative(const language::Expression& node);
  void report_unknown_name(const language::Expression& node);
  void check_index_count(const language::Expression& node, const Declaration& declared);
  void check_may_bind(const language::Index& index);
  /// The index's binder; reports an index that is not bound. `range` is what it must run over, empty if unknown.
  void look_up(language::Index& index, const std::string& range, const std::string& use);
  void report(language::Span span, std::string message, std::string hint = {});
  void push_scope(const std::string& name, Ranges::Binder binder);
  void pop_scope(const std::string& name);
  /// The innermost index of that name; nullptr where there is none.
  [[nodiscard]] const Ranges::Binder* find_index(const std::string& name) const;
  [[nodiscard]] std::string nearest_name_hint(const std::string& name) const;

  const Declarations& declarations_;
  language::Diagnostics& diagnostics_;
  Permissions permissions_;
  Ranges ranges_;
  const std::map<std::string, language::Span>* later_ = nullptr;

  std::map<std::string, std::vector<Ranges::Binder>> scope_;              // the innermost index of a name stands last
  std::vector<Ranges::Binder> own_;                                       // the statement's indices
  std::vector<std::pair<language::Index*, Ranges::Binder>> occurrences_;  // in the resolved trees
  struct Comparison {
    Ranges::Binder a, b;
    language::Span span;
  };
  std::vector<Comparison> deltas_;
  std::set<std::string> reported_indices_;
  // Something is wrong or unknown, so that a range that is not found is no further error.
  bool shape_is_unknown_ = false;
  std::vector<Node> kept_;  // keeps what `occurrences_` points to
};

}  // namespace chalktape::notation
