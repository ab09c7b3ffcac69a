// A program may have any locale: what is printed and read stays the same.
#include <clocale>
#include <locale>
#include <string>
#include <vector>

#include "engine/io/io.hpp"
#include "symbolic/check/verify.hpp"
#include "symbolic/emit/cpp.hpp"
#include "symbolic/emit/numpy.hpp"
#include "symbolic/report/derivation_json.hpp"
#include "symbolic/report/derivation_latex.hpp"
#include "symbolic/report/derivation_text.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/layers.hpp"

using namespace chalktape;

namespace {

/// Numbers as German writes them, 1.234,5: no machine needs to have the locale installed.
class German : public std::numpunct<char> {
 protected:
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

/// The locales of C++ and, where the machine has one with decimal commas, of C.
class InGermany {
 public:
  InGermany() : before_(std::locale::global(std::locale(std::locale::classic(), new German))) {
    for (const char* const name : {"de_DE.UTF-8", "de_DE.utf8", "de_DE"})
      if (std::setlocale(LC_ALL, name) != nullptr) return;
  }
  ~InGermany() {
    std::locale::global(before_);
    std::setlocale(LC_ALL, "C");
  }
  InGermany(const InGermany&) = delete;
  InGermany& operator=(const InGermany&) = delete;

 private:
  std::locale before_;
};

std::vector<std::string> everything() {
  const auto layer = tests::layer_of(
      "layer f(x[N,D], g[D]; eps = 1e-5, c = 12345.678)\n"
      "  m[j] = mean[i](x[i,j]^2)\n"
      "  y[i,j] = g[j]*x[i,j]/sqrt(m[j] + eps) + 1234.5*c*tanh(x[i,j])\n"
      "  return y\n");
  auto derivation = check::verified_derivation(layer);
  const emit::Program program = emit::make_program(derivation);
  const auto table = engine::parse_csv("1.5,1234.25\n-2e-3,7\n", "table.csv");
  std::vector<std::string> texts{report::to_text(derivation, {}, {.detail = report::Detail::full}),
                                 report::to_latex(derivation, {}),
                                 report::to_json(derivation, {}, report::Detail::full, /*times=*/false),
                                 emit::to_cpp(program),
                                 emit::to_numpy(program),
                                 engine::to_npy(table)};
  return texts;
}

}  // namespace

TEST_CASE("a locale with decimal commas changes no byte") {
  const std::vector<std::string> expected = everything();
  const InGermany abroad;
  REQUIRE(std::use_facet<std::numpunct<char>>(std::locale()).decimal_point() == ',');
  const std::vector<std::string> found = everything();
  for (std::size_t k = 0; k < expected.size(); ++k) {
    INFO(k);
    CHECK(found[k] == expected[k]);
  }
}
