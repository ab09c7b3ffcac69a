// From the algebra to a tree that people read.
//
// GiNaC orders sums and products by hashes that change from run to run. Here every order and every sign is chosen
// again, by structure and names only, so that the same expression gives the same tree on every run and machine.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "symbolic/language/layer.hpp"
#include "symbolic/notation/algebra.hpp"

namespace chalktape::present {

/// How bound indices are called and numbers are written.
class Naming {
 public:
  /// The letters that the layer itself uses for a range come first, then k, l, p, q, …; no letter that the layer uses
  /// for something else is taken.
  explicit Naming(const language::Layer& layer);

  /// A name for an index over `range`, none of `taken`.
  [[nodiscard]] std::string bound_index(const std::string& range, const std::vector<std::string>& taken) const;
  /// The layer's own way of writing this number ("0.044715"); a long decimal number where it writes others with a
  /// point; or "" where it is best written as a fraction.
  [[nodiscard]] std::string written(const GiNaC::numeric& n) const;
  /// The magnitudes of all numbers in the layer.
  [[nodiscard]] std::vector<GiNaC::numeric> numbers() const;
  /// The position of a size in the signature; unknown sizes come last.
  [[nodiscard]] size_t size_order(const std::string& range) const;

 private:
  std::vector<std::string> sizes_;
  std::map<std::string, std::vector<std::string>> letters_;  // by range
  std::vector<std::string> pool_;
  std::map<std::string, std::string> written_;  // exact value → as written
};

/// A number in decimal, whatever the locale.
std::string digits(const GiNaC::numeric& n);

/// Free indices as a tree has them.
std::vector<language::Index> index_list(const notation::exvector& indices);

/// The tree of e. `in_scope` are index names that bound indices must avoid besides those free in e: a derivation passes
/// the indices of the gradient, so that names stay the same from step to step. O(size · log size).
language::Expr to_tree(const notation::ex& e, const Naming& naming, const std::vector<std::string>& in_scope = {});

/// The tree without the minus in front, if there is one.
language::Expr without_minus(const language::Expr& e);

/// Opens a reduction under the letters that `to_tree` gives its indices where `in_scope` is taken.
notation::Opened open_named(const notation::Reduce& r, const Naming& naming, const std::vector<std::string>& in_scope);

}  // namespace chalktape::present
