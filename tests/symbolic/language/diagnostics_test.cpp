// How errors are shown.
#include "symbolic/language/diagnostics.hpp"

#include "tests/catch.hpp"

namespace chalktape::language {

TEST_CASE("errors are sorted by place, each once", "[language]") {
  const Source source("a.chalk", "one\ntwo\n");
  Diagnostics diagnostics;
  diagnostics.add({2, 1, 3}, "later");
  diagnostics.add({1, 2, 1}, "earlier", "try this");
  diagnostics.add({2, 1, 3}, "later");
  CHECK(diagnostics.sorted().size() == 2);
  CHECK(diagnostics.render(source) ==
        "a.chalk:1:2: error: earlier\none\n ^\nhint: try this\na.chalk:2:1: error: later\ntwo\n^~~\n");
}

TEST_CASE("columns count code points, and a caret does not pass the line's end", "[language]") {
  const Source source("a.chalk", "\xCE\xBC = x\r\nlast");
  const Span span = source.span(5, 100);
  CHECK(span.line == 1);
  CHECK(span.column == 5);
  CHECK(span.length == 1);
  CHECK(source.span(12, 12).line == 2);
  CHECK(source.span(12, 12).column == 5);
  CHECK(source.line_text(0) == "\xCE\xBC = x");
  CHECK(source.line_text(1) == "last");
}

TEST_CASE("a long line is shown around its error", "[language]") {
  const Source source("a.chalk", std::string(1000, 'a') + "!" + std::string(1000, 'b'));
  Diagnostics diagnostics;
  diagnostics.add(source.span(1000, 1001), "here");
  CHECK(diagnostics.render(source) == "a.chalk:1:1001: error: here\n..." + std::string(80, 'a') + "!" +
                                          std::string(79, 'b') + "...\n" + std::string(83, ' ') + "^\n");
}

TEST_CASE("nothing that a terminal obeys is printed", "[language]") {
  CHECK(printable("a\x1B[31m\tb\xE2\x80\xAE\xFF") == "a\xEF\xBF\xBD[31m\tb\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(printable("μ ² 漢") == "μ ² 漢");
  CHECK(quoted_code_point("μ", 0) == "'μ'");
  CHECK(quoted_code_point("\a", 0) == "U+0007");
  CHECK(quoted_code_point("\xC3", 0) == "byte 0xC3");
  const Source source("\x1B]0;evil\a.chalk", "\x1B");
  Diagnostics diagnostics;
  diagnostics.add(source.span(0, 1), "here");
  CHECK(diagnostics.render(source).find('\x1B') == std::string::npos);
}

TEST_CASE("UTF-8 is decoded strictly", "[language]") {
  CHECK(decode_utf8("a", 0).value == 'a');
  CHECK(decode_utf8("\xF0\x9F\x98\x80", 0).value == 0x1F600);
  // Overlong, surrogate, beyond U+10FFFF, cut off, a lone continuation byte, a byte that never occurs.
  const std::string bad =
      GENERATE(std::string("\xC0\x80"), std::string("\xED\xA0\x80"), std::string("\xF4\x90\x80\x80"),
               std::string("\xE2\x80"), std::string("\x80"), std::string("\xFE"), std::string("\xC3("));
  CHECK_FALSE(decode_utf8(bad, 0).valid);
  CHECK(decode_utf8(bad, 0).length == 1);
}

TEST_CASE("the nearest name is near", "[language]") {
  const std::vector<std::string> names = {"gamma", "beta", "mu", "var"};
  CHECK(nearest_name("gama", names) == "gamma");
  CHECK(nearest_name("agmma", names) == "gamma");
  CHECK(nearest_name("Beta", names) == "beta");
  CHECK(nearest_name("vra", names) == "var");
  CHECK(nearest_name("nu", names).empty());
  CHECK(nearest_name("MU", names) == "mu");
  CHECK(nearest_name("completely_different", names).empty());
  CHECK(nearest_name("", names).empty());
  CHECK(nearest_name_hint("gama", names) == "did you mean 'gamma'?");
  CHECK(nearest_name_hint("zzz", names).empty());
}

}  // namespace chalktape::language
