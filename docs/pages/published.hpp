// Backward formulas that people derived by hand and published: examples/published/backwards.chalk.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "symbolic/derive/derivation.hpp"
#include "symbolic/language/layer.hpp"

namespace chalktape::docs {

/// One line of a claim: `dx[i,j] = …`, or `where NAME[…] = …`.
struct PublishedLine {
  bool is_where = false;        ///< a name of the claim's own; else the gradient of a tensor or definition
  language::Expr left{};        ///< `dx[i,j]`; null for a `where`
  language::Definition line{};  ///< name, free indices and value
};

/// One claim: what one source says. Its own names come first, then its lines in order.
struct PublishedBackward {
  std::string source;  ///< the claim's title
  std::vector<PublishedLine> lines{};
};

/// The claims of a file, by the layer that they are about: each line's left side is a gradient. Throws
/// std::runtime_error, naming the line, for what cannot be read.
std::map<std::string, std::vector<PublishedBackward>> read_published(const std::string& path);
/// The same of a text, which errors name by that path.
std::map<std::string, std::vector<PublishedBackward>> published_in(std::string text, const std::string& path);

/// What computing a gradient takes, the names of intermediate gradients and of parts included, each once. Forward
/// values, the roots that a derivation names, and the gradients of tensors are there already.
struct ProgramCost {
  int sums = 0;    ///< as derive::Cost
  int sweeps = 0;  ///< as derive::Cost, names written out
  int flops =
      0;  ///< operations of the formula and of the names' formulas as they are written; a mean is sum and quotient

  /// Sums first, then operations, then sweeps.
  friend auto operator<=>(const ProgramCost& a, const ProgramCost& b) {
    if (const auto order = a.sums <=> b.sums; order != 0) return order;
    if (const auto order = a.flops <=> b.flops; order != 0) return order;
    return a.sweeps <=> b.sweeps;
  }
  friend bool operator==(const ProgramCost&, const ProgramCost&) = default;
};

/// By tensor, what its gradient costs as derived.
std::map<std::string, ProgramCost> costs_of(const derive::Derivation& derivation);

/// By tensor, what its gradient costs as published, for those that the claim states. Parts that are the same as a root
/// that a derivation names are there already. Throws std::runtime_error where an intermediate's gradient is read and
/// not stated.
std::map<std::string, ProgramCost> costs_of(const PublishedBackward& published, const language::Layer& layer);

/// The cheapest published form of a gradient.
struct BestPublished {
  std::string source;
  language::Definition line;
  ProgramCost cost;
};

/// By tensor, of all claims about the layer; the first of several that cost the same.
std::map<std::string, BestPublished> best_of(const std::vector<PublishedBackward>& claims,
                                             const language::Layer& layer);

/// Judges every line as `chalktape check` does. Throws std::runtime_error, quoting the line, where one does not hold.
void require_right(const PublishedBackward& published, const language::Layer& layer);

}  // namespace chalktape::docs
