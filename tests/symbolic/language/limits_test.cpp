// What is at a limit passes; what is beyond it gives one clear error.
#include "symbolic/language/limits.hpp"

#include <string>

#include "symbolic/notation/resolve.hpp"
#include "tests/catch.hpp"

namespace chalktape {
namespace {

std::string repeated(const std::string& text, std::size_t times) {
  std::string result;
  for (std::size_t k = 0; k < times; ++k) result += text;
  return result;
}

// The messages of a layer that defines y[i] as `expression`.
std::vector<std::string> messages(const std::string& expression) {
  const notation::File file =
      notation::read_file("layer f(x[N], c)\n  y[i] = " + expression + "\n  return y\n", "limits.chalk");
  std::vector<std::string> result;
  for (const language::Diagnostic& diagnostic : file.diagnostics.sorted()) result.push_back(diagnostic.message);
  return result;
}

std::vector<std::string> file_messages(const std::string& text) {
  std::vector<std::string> result;
  for (const auto& diagnostic : notation::read_file(text, "limits.chalk").diagnostics.sorted()) {
    result.push_back(diagnostic.message);
  }
  return result;
}

using Messages = std::vector<std::string>;

}  // namespace

TEST_CASE("nesting is limited", "[language][limits]") {
  const auto nested = [](const std::string& open, std::size_t depth) {
    return repeated(open, depth) + "x[i]" + repeated(")", depth);
  };
  CHECK(messages(nested("(", 99)).empty());
  CHECK(messages(nested("exp(", 99)).empty());
  CHECK(messages(nested("(", 100)) == Messages{"more than 100 brackets inside each other"});
  CHECK(messages(nested("exp(", 100000)) == Messages{"more than 100 brackets inside each other"});
  CHECK(messages(repeated("(", 200000)) == Messages{"more than 100 brackets inside each other"});
  CHECK(messages(repeated("sum[k](", 1000)) == Messages{"more than 100 brackets inside each other"});
}

TEST_CASE("chains of signs and powers are limited", "[language][limits]") {
  CHECK(messages(repeated("-", 100) + "x[i]").empty());
  CHECK(messages(repeated("-", 101) + "x[i]") == Messages{"more than 100 signs and powers in a chain"});
  CHECK(messages(repeated("-", 100000) + "x[i]") == Messages{"more than 100 signs and powers in a chain"});
  CHECK(messages(repeated("c^", 100) + "x[i]").empty());
  CHECK(messages(repeated("c^", 101) + "x[i]") == Messages{"more than 100 signs and powers in a chain"});
  CHECK(messages(repeated("c^-", 50) + "x[i]").empty());
}

TEST_CASE("the operands of an expression are limited", "[language][limits]") {
  for (const std::string sign : {"+", "-", "*", "/"}) {
    CHECK(messages(repeated("c" + sign, 1999) + "x[i]").empty());
    CHECK(messages(repeated("c" + sign, 2000) + "x[i]") == Messages{"an expression of more than 2000 operands"});
    CHECK(messages(repeated("c" + sign, 100000) + "x[i]") == Messages{"an expression of more than 2000 operands"});
  }
  CHECK(messages(repeated("-(1+", 95) + "x[i]" + repeated(")", 95)).empty());
}

TEST_CASE("the statements of a layer are limited", "[language][limits]") {
  const auto layer = [](std::size_t count) {
    std::string text = "layer f(x[N])\n";
    for (std::size_t k = 0; k < count; ++k) text += "  y" + std::to_string(k) + "[i] = x[i]\n";
    return text;
  };
  CHECK(file_messages(layer(499) + "  return y0\n").empty());
  CHECK(file_messages(layer(500) + "  return y0\n") == Messages{"more than 500 statements in a layer"});
  CHECK(file_messages(layer(5000) + "  return y0\n") == Messages{"more than 500 statements in a layer"});
  std::string tensors = "layer f(x0[N]";
  for (int k = 1; k <= 500; ++k) tensors += ", x" + std::to_string(k) + "[N]";
  CHECK(file_messages(tensors + ")\n  y[i] = x0[i]\n  return y\n") == Messages{"more than 500 tensors and constants"});
}

TEST_CASE("indices and names are limited", "[language][limits]") {
  CHECK(messages("sum[a,b,c,d,e,g,h,k](x[i])").size() == 8);  // eight ranges that nothing tells
  CHECK(messages("sum[a,b,c,d,e,g,h,k,l](x[i])") == Messages{"more than 8 indices"});
  CHECK(messages(std::string(65, 'a') + "*x[i]").front() == "a name of 65 letters; at most 64 are allowed");
  CHECK(messages("x[" + std::string(65, 'a') + "]").front() == "a name of 65 letters; at most 64 are allowed");
}

TEST_CASE("numbers are limited", "[language][limits]") {
  CHECK(messages(std::string(60, '9') + "*x[i]").empty());
  CHECK(messages(std::string(30, '9') + "." + std::string(31, '9') + "*x[i]") ==
        Messages{"a number of 61 digits; at most 60 are allowed"});
  CHECK(messages("1e400*1E-400*1e+400*x[i]").empty());
  CHECK(messages("1e401*x[i]") == Messages{"an exponent beyond 400; numbers from 1e-400 to 1e400 are allowed"});
  CHECK(messages("1e" + std::string(1000, '9') + "*x[i]") ==
        Messages{"an exponent beyond 400; numbers from 1e-400 to 1e400 are allowed"});
}

TEST_CASE("a file's size is limited", "[language][limits]") {
  const std::string layer = "layer f(x[N])\n  y[i] = x[i]\n  return y\n";
  const std::string full = layer + std::string(language::limits::file_bytes - layer.size(), '\n');
  CHECK(file_messages(full).empty());
  CHECK(file_messages(full + "\n") == Messages{"more than 1048576 bytes"});
  CHECK(file_messages(std::string(1 << 20, '(')) == Messages{"expected a layer before any other line"});
  CHECK(file_messages("layer " + std::string(1 << 19, '[')).size() == 1);
}

TEST_CASE("errors beyond a thousand are counted, not kept", "[language][limits]") {
  std::string text = "layer f(x[N])\n";
  for (int k = 0; k < 10; ++k) text += "  y" + std::to_string(k) + "[i] = x[i]" + repeated("+q", 200) + "\n";
  const notation::File file = notation::read_file(text + "  return y0\n", "many.chalk");
  CHECK(file.diagnostics.size() == 2000);
  CHECK(file.diagnostics.sorted().size() == 1000);
  const std::string last = "many.chalk: further errors, not shown: 1000\n";
  const std::string errors = file.errors();
  CHECK(errors.substr(errors.size() - last.size()) == last);
}

TEST_CASE("an expression by itself has the same limits", "[language][limits]") {
  const auto layer = notation::load_layers("layer f(x[N])\n  y[i] = x[i]\n  return y\n", "f.chalk").front();
  CHECK_THROWS_AS(notation::parse_expression(repeated("(", 101), layer), language::Error);
  CHECK_THROWS_AS(notation::parse_expression(std::string(2 << 20, '1'), layer), language::Error);
  CHECK_THROWS_AS(notation::parse_expression("", layer), language::Error);
  CHECK_THROWS_AS(notation::parse_expression("x[i]\xFF", layer), language::Error);
}

}  // namespace chalktape
