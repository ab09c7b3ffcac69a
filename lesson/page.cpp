#include "lesson/page.hpp"

#include <set>

#include <fmt/format.h>

#include "lesson/html.hpp"
#include "lesson/page_files.hpp"
#include "lesson/sections.hpp"
#include "symbolic/rules/rule.hpp"

namespace chalktape::lesson {
namespace {

/// Nothing is loaded from anywhere, and no script runs but the page's own.
constexpr const char* content_policy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

Html article(LayerLesson& lesson, const std::string& id, std::set<std::string>& rules) {
  Formulas formulas(lesson.layer, *lesson.matching);
  const Html heading = element("h2", {{"id", id + "-title"}},
                               element("span", {{"class", "layer-name"}}, lesson.layer.name) +
                                   element("span", {{"class", "signature"}}, lesson.layer.signature()));
  return element("article", {{"id", id}, {"class", "lesson"}, {"aria-labelledby", id + "-title"}},
                 heading + layer_section(lesson, formulas, id) +
                     element("div", {{"class", "roads"}},
                             graph_section(lesson, id) + derivation_section(lesson, formulas, id, rules)) +
                     meeting_section(lesson, formulas, id) + cost_section(lesson, id) + written_section(lesson, id));
}

Html glossary(const std::set<std::string>& rules) {
  Html entries;
  for (const std::string& name : rules) {
    const rules::Rule& rule = rules::rule(name);
    Html law = element("p", std::string(rule.law));
    if (!rule.side_conditions.empty()) law += element("p", {{"class", "quiet"}}, std::string(rule.side_conditions));
    entries += element("dt", {{"id", "rule-" + name}}, name) + element("dd", law);
  }
  return element("section", {{"class", "glossary"}, {"aria-labelledby", "rules-h"}},
                 element("h2", {{"id", "rules-h"}}, "The rules used") + element("dl", entries));
}

}  // namespace

std::string write_page(std::vector<LayerLesson>& lessons) {
  std::string names;
  Html chooser, articles;
  std::set<std::string> rules;
  for (std::size_t k = 0; k < lessons.size(); ++k) {
    const std::string id = fmt::format("l{}", k + 1);
    names += (names.empty() ? "" : ", ") + lessons[k].layer.name;
    chooser += element("li", element("a", {{"href", "#" + id}}, lessons[k].layer.name));
    articles += article(lessons[k], id, rules);
  }
  Html header = element("h1", "Two roads to the gradient");
  if (lessons.size() > 1)
    header += element("nav", {{"aria-label", "Layers"}}, element("ul", {{"class", "layers"}}, chooser));
  header += element("div", {{"class", "page-controls"}}, {});

  const Html head = void_element("meta", {{"charset", "utf-8"}}) +
                    void_element("meta", {{"http-equiv", "Content-Security-Policy"}, {"content", content_policy}}) +
                    void_element("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}}) +
                    void_element("meta", {{"name", "color-scheme"}, {"content", "light dark"}}) +
                    void_element("link", {{"rel", "icon"}, {"href", "data:,"}}) +
                    element("title", names + ": two roads to the gradient") +
                    element("style", Html::markup(std::string(page_style())));
  const Html body = element("header", {{"class", "top"}}, header) + element("main", articles + glossary(rules)) +
                    element("div", {{"id", "announcer"}, {"class", "visually-hidden"}, {"aria-live", "polite"}}, {}) +
                    element("script", {{"type", "module"}}, Html::markup(std::string(page_script())));
  return "<!doctype html>\n" + element("html", {{"lang", "en"}}, element("head", head) + element("body", body)).text() +
         "\n";
}

}  // namespace chalktape::lesson
