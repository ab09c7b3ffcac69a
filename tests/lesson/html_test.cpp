// HTML from typed parts.
#include "lesson/html.hpp"

#include <limits>
#include <stdexcept>

#include "lesson/charts.hpp"
#include "tests/catch.hpp"

namespace chalktape::lesson {

TEST_CASE("text is escaped, markup is not") {
  CHECK(Html("<script>alert('&')</script>").text() == "&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;");
  CHECK(Html::markup("<b>x</b>").text() == "<b>x</b>");
  CHECK(element("p", {{"title", "a\"><b>"}}, "--> </p>").text() ==
        "<p title=\"a&quot;&gt;&lt;b&gt;\">--&gt; &lt;/p&gt;</p>");
}

TEST_CASE("elements") {
  CHECK(element("p", "a").text() == "<p>a</p>");
  CHECK(element("details", {{"open", ""}}, element("i", "a") + "b").text() == "<details open><i>a</i>b</details>");
  CHECK(void_element("meta", {{"charset", "utf-8"}}).text() == "<meta charset=\"utf-8\">");
}

TEST_CASE("names are the program's: others, and scripts, are refused") {
  CHECK_THROWS_AS(element("p onclick=x", "a"), std::logic_error);
  CHECK_THROWS_AS(element("", "a"), std::logic_error);
  CHECK_THROWS_AS(element("p", {{"onclick", "x"}}, "a"), std::logic_error);
  CHECK_THROWS_AS(element("p", {{"a b", "x"}}, "a"), std::logic_error);
}

TEST_CASE("charts say their numbers, and survive what cannot be drawn") {
  const std::string bars = bar_chart("Sweeps", {{"tape", 12000, 0}, {"<derived>", 0, 1}}).text();
  CHECK(bars.find("12\u2009000") != std::string::npos);
  CHECK(bars.find("&lt;derived&gt;") != std::string::npos);
  CHECK(bar_chart("none", {}).text().find("nan") == std::string::npos);
  const double infinity = std::numeric_limits<double>::infinity();
  const std::string lines =
      line_chart("Error", "mean", {"1", "10"}, {{"tape", {0, infinity}, 0}, {"b", {1, 1}, 1}}).text();
  CHECK(lines.find("nan") == std::string::npos);
  CHECK(lines.find("inf") == std::string::npos);
  CHECK(line_chart("empty", "mean", {}, {}).text().find("nan") == std::string::npos);
}

}  // namespace chalktape::lesson
