#include "lesson/derivation_page.hpp"

#include <set>

#include "lesson/document.hpp"
#include "lesson/sections.hpp"
#include "symbolic/present/difference.hpp"

namespace chalktape::lesson {
namespace {

constexpr const char* page_id = "d";

Html results(const report::Selection& selection, Formulas& formulas) {
  Html lines, checks;
  for (const auto* gradients : {&selection.derived, &selection.used}) {
    for (const derive::Gradient* gradient : *gradients) {
      if (!gradient->of_tensor) continue;
      lines += formulas.equation(gradient->left, present::unshared(gradient->value));
      checks += element("li", formulas.sentence(report::how_checked(*gradient)));
    }
  }
  return section(std::string(page_id) + "-results", "layer-formulas", "Results",
                 element("div", {{"class", "forward-formulas"}}, lines) + element("ul", {{"class", "quiet"}}, checks));
}

}  // namespace

std::string write_derivation(const derive::Derivation& derivation, const DerivationPage& page) {
  const language::Layer& layer = derivation.layer;
  Formulas formulas(layer, page.notation);
  const report::Selection selection = report::select(derivation, page.tensors);
  std::set<std::string> rules;
  const Html steps = derivation_steps(selection, page.detail, formulas, rules);
  const Html heading = element("h1", element("span", {{"class", "layer-name"}}, layer.name) +
                                         element("span", {{"class", "signature"}}, layer.signature()));
  const Html article = element("article", {{"class", "lesson"}},
                               layer_section(derivation, page.source, formulas, page_id) +
                                   section(std::string(page_id) + "-steps", "paper", "The derivation", steps) +
                                   results(selection, formulas));
  return document(layer.name + ": the gradient, step by step",
                  element("header", {{"class", "top"}}, heading) + element("main", article + glossary(rules)));
}

}  // namespace chalktape::lesson
