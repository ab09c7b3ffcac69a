// The small changes of a formula that undo the mistakes that people make.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "symbolic/claims/claims.hpp"

namespace chalktape::claims {

/// One change of one place.
struct Edit {
  language::Expr edited;                   ///< the whole formula, changed
  std::function<std::string()> advice;     ///< in words, in the text's letters: "x[k,j] should be xhat[k,j]"
  language::Expr node{};                   ///< what was put in the place
  std::vector<language::Index> indices{};  ///< that may stand there
};

/// What edits are made of.
struct Material {
  const Scope* scope = nullptr;
  language::Expr formula{};
  std::vector<language::Index> indices{};  ///< the formula's free ones
  /// Formulas whose terms may be what is missing: the right form, the line before, others of the claim.
  std::vector<language::Expr> relatives{};
};

/// Kinds of edits.
enum class EditKind {
  relative,   ///< what stands at the same place of a relative that is the same but for that place
  factor,     ///< a small number or a size, a sign, sum for mean, max for min
  power,      ///< another exponent, a root, a divisor for a factor
  name,       ///< one name or function for another
  index,      ///< one index for another, two of them exchanged
  surplus,    ///< what does not belong
  number,     ///< one number or constant for another
  side,       ///< a - b for b - a, step(-e) or 1 - step(e) for step(e)
  function,   ///< a function that is missing: log(d) for d
  atom,       ///< a factor that is a tensor's, a definition's, a root's or a function's
  rare_name,  ///< a gradient of an intermediate
  missing,    ///< a term
  part,       ///< a part of a relative or of the layer in place of a small part of the formula
};

/// Whether a term may be what a place lacks: what certainly is not, is not tried. `site` has no index but the
/// formula's.
using TermTest = std::function<bool(const std::vector<std::size_t>& site, const language::Expr& term, bool subtracted)>;

/// Is shown one edit after the other until it says that it has found what it looks for.
using EditVisitor = std::function<bool(const Edit&)>;

/// Shows all edits of one kind, in an order that depends on the material only. True where the visitor was content.
bool visit_edits(const Material& material, EditKind kind, const EditVisitor& visitor, const TermTest& may_lack);

}  // namespace chalktape::claims
