// Rewrite rules: the laws that a derivation may use, one pure function each.
//
// A rule looks at one node and says what it becomes and why, or that it does not apply. Where, when and how often it
// is applied is the driver's business (apply.hpp, symbolic/derive); so is the record.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "symbolic/notation/formula.hpp"
#include "symbolic/present/sentence.hpp"
#include "symbolic/present/tree.hpp"

namespace chalktape::rules {

using notation::ex;
using notation::exvector;

/// A name with its formula, as a rule may use it.
struct Known {
  enum class Kind { forward, introduced, gradient };
  notation::Formula formula;
  Kind kind = Kind::forward;
  /// Costs nothing to use: forward values, and the gradients that are wanted anyway.
  bool free = true;
  /// The part of the cost of computing it that falls on one more formula that uses it: 0 where it is computed anyway.
  double share = 1;
};

/// A derivative that has been worked out: ∂of/∂by at `indices`, of's before by's.
struct KnownDerivative {
  std::string of, by;
  std::vector<std::string> held;
  exvector indices;
  ex value;
};

struct Rewrite {
  ex after;
  present::Sentence why;
};

/// A list that copies share until one of them changes its own: a context is copied with every step of a search.
template <class T>
class SharedList {
 public:
  SharedList() = default;
  SharedList(std::vector<T> items)  // NOLINT(google-explicit-constructor): a list is assigned from a vector
      : items_(std::make_shared<std::vector<T>>(std::move(items))) {}

  [[nodiscard]] auto begin() const { return items_->cbegin(); }
  [[nodiscard]] auto end() const { return items_->cend(); }
  [[nodiscard]] auto rbegin() const { return items_->crbegin(); }
  [[nodiscard]] auto rend() const { return items_->crend(); }
  [[nodiscard]] size_t size() const { return items_->size(); }
  [[nodiscard]] bool empty() const { return items_->empty(); }
  [[nodiscard]] const T& operator[](size_t i) const { return (*items_)[i]; }
  [[nodiscard]] const T& back() const { return items_->back(); }
  auto begin() { return own().begin(); }
  auto end() { return own().end(); }
  void push_back(T item) { own().push_back(std::move(item)); }
  void clear() { own().clear(); }

 private:
  std::vector<T>& own() {
    if (items_.use_count() > 1) items_ = std::make_shared<std::vector<T>>(*items_);
    return *items_;
  }
  std::shared_ptr<std::vector<T>> items_ = std::make_shared<std::vector<T>>();
};

class Memo;

/// What a rule may know besides the node.
struct Context {
  const notation::SymbolTable* symbols = nullptr;
  const present::Naming* naming = nullptr;
  SharedList<notation::Formula> definitions;  ///< the layer's, as written
  SharedList<Known> known;                    ///< in the order of definition; roots that have a name are written by it
  SharedList<KnownDerivative> derivatives;
  SharedList<notation::Fact> facts;
  std::vector<std::string> scope;  ///< index names that are taken: those of the gradient being derived
  std::shared_ptr<Memo> memo;      ///< shared by copies; whoever changes what is known starts a new one
  bool explains = true;            ///< whether reasons are wanted: without them `tree` is a placeholder, at no cost
  /// When a search has to be content with what it has.
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();

  [[nodiscard]] bool out_of_time() const { return std::chrono::steady_clock::now() > deadline; }
  [[nodiscard]] const Known* find(const std::string& name) const;
  /// e as a tree, for the sentences that say why.
  [[nodiscard]] language::Expr tree(const ex& e) const;
  /// The tree of e or −e, the one without a minus in front: which of them a part of a formula is, GiNaC's hashes
  /// decide.
  [[nodiscard]] language::Expr bare_tree(const ex& e) const;
  /// e in the language.
  [[nodiscard]] std::string text(const ex& e) const;
  /// Opens a reduction with the letters that the printed form uses.
  [[nodiscard]] notation::Opened open(const notation::Reduce& r) const;
};

/// What a rule with a target is pointed at: a known name and, for `solve`, the name in its formula to solve for.
struct Target {
  const Known* known = nullptr;
  std::string part;
};

/// Expressions in the language, over the names of `example_layer()`; before == after means that the rule must refuse.
struct Example {
  std::string_view before, after;
  std::string_view target, part;
};

/// What a rule's step is to a reader, which decides what a shorter page joins it with.
enum class Weight {
  bookkeeping,  ///< carries out what another step has made possible
  idea,
  milestone,  ///< begins a line of its own even on a slide
};

struct Rule {
  std::string_view name;
  std::string_view law;
  std::string_view side_conditions;
  std::string_view terminates;
  Example example;
  Example refuses;
  /// Null where the driver writes the step down itself, because it takes more than one node to see that it applies
  /// (which names lead to the loss, which names are free): symbolic/derive and symbolic/emit.
  std::optional<Rewrite> (*apply)(const ex& node, const Context& context, const Target& target);
  Weight weight = Weight::idea;
  /// False for a law of functions that their oracles in F_p do not obey: steps behind it are checked to 50 digits only.
  bool holds_in_every_field = true;
};

/// Rules that belong together.
struct Family {
  std::string_view title;
  std::span<const Rule> rules;
};

std::span<const Family> families();
/// All rules, family by family.
std::span<const Rule> registry();
/// The rule of that name; throws std::out_of_range.
const Rule& rule(std::string_view name);

/// The layer over which the examples are written.
std::string_view example_layer();

// What the families are made of, each in a file of its own.
std::span<const Rule> sum_rules();
std::span<const Rule> exchange_rules();
std::span<const Rule> name_rules();
std::span<const Rule> solving_rules();
std::span<const Rule> algebra_rules();
std::span<const Rule> derivative_rules();
std::span<const Rule> exponential_rules();

}  // namespace chalktape::rules
