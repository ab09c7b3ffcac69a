// The subcommand emit from outside.
#include <string>

#include "tests/catch.hpp"
#include "tests/cli/process.hpp"

namespace {

using namespace chalktape::cli::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

}  // namespace

TEST_CASE("emit: a header and a module, the same bytes each time") {
  const Finished header = run_chalktape({"emit", "batch_norm", "--lang", "c++"});
  CHECK(header.status == 0);
  CHECK(header.err.empty());
  CHECK_THAT(header.out,
             StartsWith("// The layer batch_norm(x[N,D], gamma[D], beta[D]; eps = 1e-5) and its gradients.\n"));
  CHECK_THAT(header.out, Contains("void batch_norm_forward(") && Contains("void batch_norm_backward("));
  CHECK(header.out == run_chalktape({"emit", "batch_norm", "--lang", "c++"}).out);
  const Finished module = run_chalktape({"emit", "batch_norm", "--lang", "numpy"});
  CHECK(module.status == 0);
  CHECK_THAT(module.out, Contains("def batch_norm_forward(x, gamma, beta, eps=1e-05):\n"));
  CHECK_THAT(module.out, Contains("def batch_norm_backward(dy, x, gamma, beta, eps=1e-05):\n"));
  CHECK_THAT(module.out, Contains("    return dx, dgamma, dbeta\n"));
}

TEST_CASE("emit: a loss takes its upstream gradient, a scalar") {
  const Finished module = run_chalktape({"emit", "mse", "--lang", "numpy"});
  CHECK_THAT(module.out, Contains("def mse_backward(dloss, x, t):\n"));
}

TEST_CASE("emit: names that are words of the target get an underscore") {
  const TemporaryFolder folder;
  const std::string file = folder.write("words.chalk",
                                        "layer words(lambda[N], class[N], NAN, np; double = 2)\n  y[i] = "
                                        "lambda[i]*class[i]^double + NAN*np\n  return y\n");
  const Finished module = run_chalktape({"emit", file, "--lang", "numpy"});
  CHECK_THAT(module.out, Contains("def words_forward(lambda_, class_, NAN, np, double=2):\n"));
  CHECK_THAT(module.out, Contains("import numpy as np_\n"));
  const Finished header = run_chalktape({"emit", file, "--lang", "c++"});
  CHECK(header.status == 0);
  CHECK_THAT(header.out,
             Contains("const T* lambda, const T* class_") && Contains("NAN_v2") && Contains(" double_ = T(2)"));
}

TEST_CASE("emit: bad use is refused") {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"emit", "batch_norm"},
                                                    {"emit", "batch_norm", "--lang", "fortran"},
                                                    {"emit", "no_such_layer", "--lang", "c++"},
                                                    {"emit", "--lang", "numpy"}}) {
    const Finished run = run_chalktape(arguments);
    CHECK(run.status == 2);
    CHECK(run.out.empty());
    CHECK_FALSE(run.err.empty());
  }
  CHECK_THAT(run_chalktape({"emit", "--help"}).out, Contains("chalktape emit batch_norm --lang c++ -o batch_norm.hpp"));
}

TEST_CASE("compare: without a compiler the emitted road is left out, and the output says why") {
  Setup without_compilers;
  without_compilers.environment = {"PATH=/nonexistent"};
  const Finished run = run_chalktape({"compare", "relu"}, without_compilers);
  CHECK(run.status == 0);
  CHECK_THAT(run.out, Contains("no emitted road: there is no C++ compiler on this machine"));
  CHECK_THAT(run_chalktape({"compare", "relu"}).out, Contains("\nemitted "));
}
