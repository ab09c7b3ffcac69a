// Claims are read in the text's own letters; what is wrong is said with its place.
#include <string>

#include "symbolic/present/text.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/claims/files.hpp"

namespace {

using namespace chalktape;
using tests::claims_of;
using tests::errors_of;

/// The first error without the source line and the caret.
std::string first_error(const std::string& text) {
  const std::string errors = errors_of(text);
  return errors.substr(0, errors.find('\n'));
}

const std::string head = "about batch_norm\nclaim \"a\"\n";

}  // namespace

TEST_CASE("a chain runs over lines and shares its indices", "[claims]") {
  const auto file = claims_of(
      "about batch_norm\n"
      "claim \"title # with a hash (and a bracket\" expect refuted  # comment\n"
      "  where u[k,l] = x[k,l] - mu[l]\n"
      "  diff(u[k,l], x[i,j]) = delta[i,k]*delta[j,l]\n"
      "                       = 0 = 1 expect refuted\n"
      "  xhat[k,l] = (u[k,l]/\n"
      "    sqrt(var[l] + eps))\n");
  REQUIRE(file.claims.size() == 1);
  const claims::Claim& claim = file.claims.front();
  CHECK(claim.title == "title # with a hash (and a bracket");
  CHECK(claim.expects_refuted);
  CHECK(claim.about == "batch_norm");
  REQUIRE(claim.scope->own.size() == 1);
  REQUIRE(claim.chains.size() == 2);
  CHECK(claim.chains[0].links.size() == 4);
  CHECK(claim.chains[0].indices.size() == 4);
  REQUIRE(claim.lines.size() == 3);
  CHECK(claim.lines[0].begin == 1);
  CHECK(claim.lines[0].end == 2);
  CHECK_FALSE(claim.lines[0].expects_refuted);
  CHECK(claim.lines[1].begin == 2);
  CHECK(claim.lines[1].end == 4);
  CHECK(claim.lines[1].expects_refuted);
  CHECK(claim.lines[1].span.line == 5);
  CHECK(claim.lines[2].chain == 1);
}

TEST_CASE("names are exchanged all at once, Kronecker's delta and gradients among them", "[claims]") {
  const auto file = claims_of(
      "about batch_norm with x for gamma, h for x, Delta for delta, delta for eps, g for dy, M for N\n"
      "claim \"a\"\n"
      "  diff(xhat[k,l], h[i,j]) = (Delta[i,k] - 1/M)*Delta[j,l]/sqrt(var[l] + delta)\n"
      "  dx[j] = sum[i](g[i,j]*xhat[i,j])\n");
  const claims::Claim& claim = file.claims.front();
  const claims::Scope& scope = *claim.scope;
  CHECK(scope.layer.find_tensor("h") != nullptr);
  CHECK(scope.layer.find_tensor("x")->sizes == std::vector<std::string>{"D"});
  CHECK(scope.layer.find_tensor("gamma") == nullptr);
  CHECK(scope.layer.sizes.front() == "M");
  CHECK(present::to_text(scope.layer.definitions[2].value) == "(h[i,j] - mu[j])/sqrt(var[j] + delta)");
  const auto& chain = claim.chains[0];
  CHECK(present::to_text(chain.links[1].value) == "(delta[i,k] - 1/M)*delta[j,l]/sqrt(var[l] + delta)");
  CHECK(scope.written(chain.links[1].value) == "(Delta[i,k] - 1/M)*Delta[j,l]/sqrt(var[l] + delta)");
  CHECK(present::to_text(claim.chains[1].links[1].value) == "sum[i](dy[i,j]*xhat[i,j])");
  CHECK(scope.written(claim.chains[1].links[1].value) == "sum[i](g[i,j]*xhat[i,j])");
}

TEST_CASE("a file's layer shadows a built-in of its name, and a lone one need not be named", "[claims]") {
  const std::string layer = "layer relu(x[N])\n  y[i] = 2*x[i]\n  return y\n";
  const auto named = claims_of(layer + "about relu\nclaim \"a\"\n  y[i] = 2*x[i]\n");
  CHECK(named.claims.front().scope->layer.tensors.front().sizes.size() == 1);
  CHECK(claims_of(layer + "claim \"a\"\n  y[i] = 2*x[i]\n").claims.front().about == "relu");
  CHECK(first_error("claim \"a\"\n  y[i] = 1\n") ==
        "test.chalk:1:1: error: it is not said which layer the claim is about");
}

TEST_CASE("a claim is about the nearest layer or about above it", "[claims]") {
  const std::string f = "layer f(x[N])\n  y[i] = 2*x[i]\n  return y\n";
  const std::string g = "layer g(z[N])\n  y[i] = 3*z[i]\n  return y\n";
  const std::string claim = "claim \"a\"\n  ";
  const auto file = claims_of(claim + "y[i] = 2*x[i]\n" + f + claim + "y[i] = 2*x[i]\n");
  CHECK(file.claims.at(0).about == "f");
  const auto several =
      claims_of(f + claim + "y[i] = 2*x[i]\n" + g + claim + "y[i] = 3*z[i]\n" + claim +
                "dz[i] = 3*dy[i]\nabout f with delta for x, D for delta\n" + claim + "y[i] = 2*delta[i]\n" +
                "layer h(x[N])\n  y[i] = x[i]\n  return y\n" + claim + "diff(y[i], x[k]) = delta[i,k]\n");
  REQUIRE(several.claims.size() == 5);
  std::string about;
  for (const auto& each : several.claims) about += each.about + " ";
  CHECK(about == "f g g f h ");
  CHECK(errors_of(claim + "y[i] = 2*x[i]\n" + f + g) ==
        "test.chalk:1:1: error: it is not said which layer the claim is about\n"
        "claim \"a\"\n^~~~~~~~~\nhint: write a line such as: about f\n");
  const std::string unknown = errors_of(f + g + "about batch\n" + claim + "y[i] = 2*x[i]\n");
  CHECK(unknown.find("hint: the layers of this file: f, g\n") != std::string::npos);
  // Those of the file come before built-in ones that are as near.
  const std::string near = errors_of("layer sofmax2(x[N])\n  y[i] = x[i]\n  return y\nabout softmax2\n");
  CHECK(near.find("did you mean 'sofmax2'?") != std::string::npos);
}

TEST_CASE("a layer that is wrong keeps no claim about another one from being read", "[claims]") {
  const std::string wrong = "layer wrong(x[N])\n  y[i] = q\n  return y\n";
  const std::string right = "layer right(x[N])\n  y[i] = x[i]\n  return y\n";
  const std::string claim = "claim \"a\"\n  y[i] = x[i]\n";
  const auto read = [](const std::string& text) { return claims::read_claims(text, "a.chalk", tests::no_other_files); };
  const auto first = read(wrong + right + claim);
  CHECK(first.claims.size() == 1);
  CHECK(first.diagnostics.size() == 1);
  CHECK(first.claims_are_sound);
  CHECK_FALSE(first.misses_claims);
  const auto second = read(right + claim + wrong + claim);
  CHECK(second.claims.size() == 1);
  CHECK(second.diagnostics.size() == 1);
  CHECK(second.claims_are_sound);
  CHECK(second.misses_claims);
  CHECK_FALSE(read(right + claim + wrong + claim + "about right\nclaim \"b\"\n  y[i] =\n").claims_are_sound);
  CHECK_FALSE(read(wrong + "about rihgt\n" + claim).claims_are_sound);
  CHECK_FALSE(read(wrong + right).claims_are_sound);
  // A built-in layer of that name is not what is meant.
  const auto shadowed = read("layer relu(x[N])\n  y[i] = q\n  return y\nabout relu\n" + claim);
  CHECK(shadowed.claims.empty());
  CHECK(shadowed.misses_claims);
}

TEST_CASE("layers of other files are asked for by file and name", "[claims]") {
  std::string asked;
  const auto load = [&](const std::string& file, const std::optional<std::string>& name) {
    asked = file + " " + name.value_or("(first)");
    return notation::load_layers("layer f(x[N])\n  y[i] = x[i]\n  return y\n", file).front();
  };
  const std::string rest = "claim \"a\"\n  y[i] = x[i]\n";
  CHECK(claims::read_claims("about other.chalk:f\n" + rest, "a.chalk", load).diagnostics.empty());
  CHECK(asked == "other.chalk f");
  CHECK(claims::read_claims("about sub/other.chalk with z for x\n" + std::string("claim \"a\"\n  y[i] = z[i]\n"),
                            "a.chalk", load)
            .diagnostics.empty());
  CHECK(asked == "sub/other.chalk (first)");
  CHECK(first_error("about other.chalk\n" + rest) == "test.chalk:1:7: error: cannot read 'other.chalk'");
}

TEST_CASE("literal indices say how large sizes must be", "[claims]") {
  const auto file =
      claims_of(head + "  diff(mu[3], x[4,3]) = 1/N\n  delta[4,k]*mu[j] = mu[j]*delta[k,4]*x[k,j]/x[4,j]\n");
  CHECK(file.claims.front().scope->least_sizes == std::map<std::string, std::int64_t>{{"D", 3}, {"N", 4}});
  CHECK(first_error(head + "  mu[99] = 0\n") == "test.chalk:3:6: error: the literal index 99 is larger than 6");
}

TEST_CASE("mistakes in claims are said with their place", "[claims]") {
  const auto error = [](const std::string& line) { return first_error(head + "  " + line + "\n"); };
  CHECK(error("dx[i,j]") == "test.chalk:3:10: error: expected an operator or '=', but the line ends here");
  CHECK(error("dx[i,j] = ") == "test.chalk:3:12: error: expected an expression, but the line ends here");
  CHECK(error("dx[i,j] = 1 expect") == "test.chalk:3:21: error: expected 'refuted', but the line ends here");
  CHECK(error("dx[i,j] = 1 expected") ==
        "test.chalk:3:15: error: expected an operator, '=', 'expect refuted' or the end of the line, but found "
        "'expected'");
  CHECK(error("= 1") ==
        "test.chalk:3:3: error: a line that begins with '=' continues the line before it, but there is none");
  CHECK(error("dx[i,j] = q[i,j]") == "test.chalk:3:13: error: unknown name 'q'");
  CHECK(error("dx[i,j] = x[i,k]*sum[k](1)").find("bound twice") != std::string::npos);
  CHECK(error("dx[i,j] = diff(dy[i,j], x[i,j])") ==
        "test.chalk:3:18: error: only forward values can be differentiated here");
  CHECK(error("dx[i,j] = diff(diff(y[i,j], x[i,j]), x[i,j])") ==
        "test.chalk:3:18: error: only forward values can be differentiated here");
  CHECK(error("where a[j] = dgamma[j]\n  diff(a[j], x[i,j]) = 0") ==
        "test.chalk:4:8: error: only forward values can be differentiated here");
  CHECK(error("1 = diff(y[i,j], dx[i,j])") == "test.chalk:3:20: error: 'dx' cannot be differentiated by");
  CHECK(error("where u[i,j] = x[i,j]\n  du[i,j] = 0") ==
        "test.chalk:4:3: error: 'u' is a name of the claim's own, and has no gradient");
  CHECK(error("dmu_total[j] = 0") == "test.chalk:3:3: error: 'mu' is not returned: its gradient is dmu already");
  CHECK(error("where mu[j] = 0*mu[j]") == "test.chalk:3:9: error: 'mu' is already a definition");
  CHECK(error("where dmu[j] = 0*mu[j]") == "test.chalk:3:9: error: 'dmu' is already a gradient");
  CHECK(first_error("about batch_nrom\nclaim \"a\"\n") == "test.chalk:1:7: error: there is no layer 'batch_nrom'");
  CHECK(first_error("about batch_norm with h for z\n") ==
        "test.chalk:1:29: error: the layer batch_norm has no name 'z'");
  CHECK(first_error("about batch_norm with mu for x\n") == "test.chalk:1:23: error: 'mu' would stand for two things");
  CHECK(first_error("about batch_norm with sum for x\n") ==
        "test.chalk:1:23: error: 'sum' is a reserved word and cannot be a name");
  CHECK(first_error("about batch_norm with dx for mu\n") == "test.chalk:1:23: error: 'dx' is the name of a gradient");
  CHECK(first_error("about batch_norm with h x\n") == "test.chalk:1:25: error: expected 'for', but found 'x'");
  CHECK(first_error("about batch_norm\n  dx[i,j] = 1\n") == "test.chalk:2:3: error: expected a claim before its lines");
  CHECK(first_error("about batch_norm\nclaim a\n") ==
        "test.chalk:2:7: error: expected a title in quotation marks, but found 'a'");
  CHECK(first_error("about batch_norm\nclaim \"a\"\n") == "test.chalk:2:1: error: a claim without a line");
  CHECK(first_error("layer f(x[N])\n  y[i] = x[i]\n  return y\n") == "test.chalk:1:1: error: no claim in this file");
}

TEST_CASE("all errors of a file are reported, and none twice over", "[claims]") {
  const std::string errors = errors_of(head +
                                       "  dx[i,j] = (1\n"
                                       "          = 2\n"
                                       "  dgamma[j] = q[j]\n"
                                       "  dbeta[j] = 1 2\n");
  std::size_t count = 0;
  for (std::size_t at = errors.find(": error: "); at != std::string::npos; at = errors.find(": error: ", at + 1))
    ++count;
  INFO(errors);
  CHECK(count == 3);
}
