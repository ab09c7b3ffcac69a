// Expressions as MathML Core, for pages in a browser.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "symbolic/language/expression.hpp"
#include "symbolic/language/layer.hpp"
#include "symbolic/present/sentence.hpp"
#include "symbolic/present/typesetting.hpp"

namespace chalktape::present {

/// What is written into the tag around a part of a formula: ` class="new" data-of="3"`, a blank before each attribute.
/// By the part's node; a tree that is marked must hold no node twice.
using Marks = std::map<const language::Expression*, std::string>;

/// The elements inside `<math>`: the same formula that to_latex writes, with its operators, fences and limits.
/// `<msub><mi>x</mi><mrow><mi>i</mi><mi>j</mi></mrow></msub>`. All text is escaped, names included. O(size).
[[nodiscard]] std::string to_mathml(const language::Expr& expression, const Typesetting& typesetting,
                                    const Marks& marks = {});

/// A name by itself, as a `show` line has it where its LaTeX has a form in MathML: `<msup><mi>σ</mi><mn>2</mn></msup>`.
[[nodiscard]] std::string name_to_mathml(const std::string& name, const Typesetting& typesetting);
/// Letters of indices, or a number: what stands in `<mrow>`.
[[nodiscard]] std::string indices_to_mathml(const std::vector<language::Index>& indices);

/// A sentence as HTML: words escaped, each formula in a `<math>` of its own.
[[nodiscard]] std::string to_html(const Sentence& sentence, const Typesetting& typesetting);

/// The text with `& < > "` and `'` as entities: fit for an element's content and for a quoted attribute of HTML.
[[nodiscard]] std::string escaped_html(std::string_view text);

}  // namespace chalktape::present
