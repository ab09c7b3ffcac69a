#include "lesson/page.hpp"

#include <set>

#include <fmt/format.h>

#include "lesson/document.hpp"
#include "lesson/html.hpp"
#include "lesson/page_files.hpp"
#include "lesson/sections.hpp"

namespace chalktape::lesson {
namespace {

Html article(LayerLesson& lesson, const std::string& id, std::set<std::string>& rules) {
  Formulas formulas(lesson.layer, *lesson.matching);
  const Html heading = element("h2", {{"id", id + "-title"}},
                               element("span", {{"class", "layer-name"}}, lesson.layer.name) +
                                   element("span", {{"class", "signature"}}, lesson.layer.signature()));
  return element("article", {{"id", id}, {"class", "lesson"}, {"aria-labelledby", id + "-title"}},
                 heading + layer_section(lesson.staged(), lesson.source, formulas, id) +
                     element("div", {{"class", "roads"}},
                             graph_section(lesson, id) + derivation_section(lesson, formulas, id, rules)) +
                     meeting_section(lesson, formulas, id) + cost_section(lesson, id) + written_section(lesson, id));
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

  const Html body = element("header", {{"class", "top"}}, header) + element("main", articles + glossary(rules)) +
                    element("div", {{"id", "announcer"}, {"class", "visually-hidden"}, {"aria-live", "polite"}}, {});
  return document(names + ": two roads to the gradient", body, page_script());
}

}  // namespace chalktape::lesson
