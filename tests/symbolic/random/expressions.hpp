// Random expressions that have a value wherever they are evaluated.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/tensor/random.hpp"
#include "symbolic/language/expression.hpp"

namespace chalktape::random_layers {

/// What an expression must be.
enum class Want {
  any,
  positive,  ///< for a logarithm, a root or a divisor
  calm,      ///< of modest size, so that its exponential is a number
};

/// A tensor or definition that formulas may read.
struct Readable {
  std::string name;
  std::vector<std::string> ranges;
  language::Role role;
  bool positive, calm;
};

/// Makes expressions over the names that it was given. Every index is used in an access, so that its range is known.
class Expressions {
 public:
  explicit Expressions(engine::Random& random) : random_(random) {}

  void add_name(Readable name) { names_.push_back(std::move(name)); }
  void add_constant(const std::string& name) { constants_.push_back(name); }  ///< a positive one
  void set_sizes(const std::vector<std::string>& sizes) { sizes_ = sizes; }
  [[nodiscard]] bool is_read(const std::string& name) const { return read_.contains(name); }

  /// Letters for indices over these ranges, all different, none in scope.
  [[nodiscard]] std::vector<language::Index> fresh_indices(const std::vector<std::string>& ranges) const;
  /// The right side of a definition with these indices, of about `size` operations.
  [[nodiscard]] language::Expr formula(const std::vector<language::Index>& indices, int size, Want want);

 private:
  language::Expr make(int size, Want want);
  language::Expr any(int size);
  language::Expr positive(int size);
  language::Expr calm(int size);
  language::Expr leaf(Want want);
  language::Expr positive_leaf();
  language::Expr scalar();
  language::Expr power_of_positive(int size);
  /// `reduction` of an expression over one or two new indices.
  language::Expr reduction(int size, Want want, std::string_view reduction);
  language::Expr with_all_indices(language::Expr e, const std::vector<language::Index>& indices, Want want);
  language::Expr with_delta(int size);
  language::Expr binary(language::Kind kind, int size, Want left, Want right);
  language::Expr call(std::string_view function, int size, Want argument);
  /// An access of a name, each axis taken by an index in scope. The name must be reachable.
  language::Expr read(const Readable& name);
  /// An expression that uses the index.
  language::Expr mention(const language::Index& index, Want want);
  [[nodiscard]] bool is_reachable(const Readable& name) const;
  std::vector<const Readable*> reachable(Want want) const;

  template <class Choices>
  auto pick(const Choices& choices) {
    return choices[static_cast<std::size_t>(random_.below(static_cast<std::int64_t>(std::size(choices))))];
  }
  bool chance(int percent) { return random_.below(100) < percent; }
  bool may_bind() const { return scope_.size() < 4; }

  engine::Random& random_;
  std::vector<Readable> names_;
  std::vector<std::string> constants_, sizes_;
  std::vector<language::Index> scope_;
  std::set<std::string> read_;
};

}  // namespace chalktape::random_layers
