// What somebody claims of a layer's derivatives: a file's claims with their names looked up.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "symbolic/language/diagnostics.hpp"
#include "symbolic/language/layer.hpp"
#include "symbolic/language/source.hpp"

namespace chalktape::claims {

/// What the names of a claim stand for. Everything is in the text's own letters: `about batch_norm with h for x` makes
/// a layer whose tensor is called h.
struct Scope {
  language::Layer layer;
  std::vector<language::Definition> own{};  ///< the claim's `where` definitions, in order
  std::string delta = "delta";              ///< how the text writes Kronecker's
  /// Gradients that the text has a name of its own for: from `dy` to that name.
  std::map<std::string, std::string> gradient_names{};
  /// The sizes that the claims' literal indices need at least.
  std::map<std::string, std::int64_t> least_sizes{};

  /// A formula as the text would write it.
  [[nodiscard]] std::string written(const language::Expr& e) const;
};

/// One expression of a chain `a = b = c`.
struct Link {
  language::Expr value;
  std::string text;  ///< as it stands in the file
  language::Span span{};
};

/// `a = b = c`: each `=` says that its right side is what the one before it is, and what the first is. The first link
/// is the truth: gradients and derivatives in it are the layer's.
struct Chain {
  std::vector<language::Index> indices;  ///< free in the links, in order of first appearance: all values are meant
  std::vector<Link> links;
};

/// A line of the file with at least one `=`: links [begin, end) of a chain are its right sides.
struct Line {
  std::size_t chain = 0, begin = 0, end = 0;
  bool expects_refuted = false;
  std::string text;  ///< as it stands in the file
  language::Span span{};
};

struct Claim {
  std::string title;
  std::string about;             ///< the layer as the file names it
  bool expects_refuted = false;  ///< stands behind the title: some line fails
  language::Span span{};
  std::shared_ptr<const Scope> scope;  ///< claims without definitions of their own share their layer's
  std::vector<Chain> chains{};
  std::vector<Line> lines{};
};

/// A file's claims: those that are free of errors, and everything that is wrong.
struct ClaimFile {
  language::Source source;
  std::vector<Claim> claims{};
  language::Diagnostics diagnostics{};
  bool claims_are_sound = false;  ///< there are claims, and what is wrong stands inside layers
  bool misses_claims = false;     ///< some are about a layer that is wrong, and were not read
};

/// The layer `name` of a file, or its first. Throws std::runtime_error in the user's terms.
using LayerLoader = std::function<language::Layer(const std::string& file, const std::optional<std::string>& name)>;

/// Reads a file's claims. What is wrong with its text is in the diagnostics; nothing is thrown for it. `load` is asked
/// for the layers of other files.
[[nodiscard]] ClaimFile read_claims(std::string text, std::string file_name, const LayerLoader& load);

/// Literal indices of a claim are at most this: sizes are that large then, and formulas are written out at them.
inline constexpr std::int64_t largest_literal = 6;

}  // namespace chalktape::claims
