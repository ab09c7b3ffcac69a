#include "lesson/document.hpp"

#include "lesson/page_files.hpp"

namespace chalktape::lesson {

std::string document(const std::string& title, const Html& body, std::string_view script) {
  const std::string policy = std::string("default-src 'none'; style-src 'unsafe-inline'; ") +
                             (script.empty() ? "" : "script-src 'unsafe-inline'; ") + "img-src data:";
  const Html head = void_element("meta", {{"charset", "utf-8"}}) +
                    void_element("meta", {{"http-equiv", "Content-Security-Policy"}, {"content", policy}}) +
                    void_element("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}}) +
                    void_element("meta", {{"name", "color-scheme"}, {"content", "light dark"}}) +
                    void_element("link", {{"rel", "icon"}, {"href", "data:,"}}) + element("title", title) +
                    element("style", Html::markup(std::string(page_style())));
  Html content = body;
  if (!script.empty()) content += element("script", {{"type", "module"}}, Html::markup(std::string(script)));
  return "<!doctype html>\n" +
         element("html", {{"lang", "en"}}, element("head", head) + element("body", content)).text() + "\n";
}

}  // namespace chalktape::lesson
