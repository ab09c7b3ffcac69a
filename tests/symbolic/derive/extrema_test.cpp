// Which entries of maxima and minima get a name, and which name.
#include "symbolic/derive/extrema.hpp"

#include "tests/catch.hpp"
#include "tests/symbolic/layers.hpp"

using namespace chalktape;

namespace {

std::string named_in(const std::string& parameters, const std::string& formula) {
  std::string names;
  for (const auto& entry :
       derive::name_entries(tests::layer_of("layer t(" + parameters + ")\n  y[i] = " + formula + "\n  return y\n"))
           .entries)
    names += entry.name + " ";
  return names;
}

}  // namespace

TEST_CASE("entries of an extremum get a name where rounding could come between them and it") {
  const auto named = [](const std::string& formula) { return named_in("x[N,D], b[D], v[N]", formula); };
  CHECK(named("max[k](x[i,k])*v[i]").empty());
  CHECK(named("max[k](-x[i,k])*v[i]").empty());
  CHECK(named("max[k](x[i,k] + b[k])") == "entry ");
  CHECK(named("min[k](x[i,k] + b[k])") == "entry ");
  CHECK(named("min[k](-(x[i,k] + b[k]))") == "entry ");
  CHECK(named("max[k](exp(x[i,k])) + min[k](2*x[i,k])") == "entry entry2 ");
  CHECK(named("sum[k](x[i,k] + b[k])").empty());
  CHECK(named("max(v[i] + 1, 2*v[i])*sum[k](x[i,k])").empty());
}

TEST_CASE("an entry's name is free, its gradient's too, and no index has it") {
  CHECK(named_in("x[N,D], entry[D]", "max[k](x[i,k] + entry[k])") == "entry2 ");
  CHECK(named_in("x[N,D], dentry[D]", "max[k](x[i,k] + dentry[k])") == "entry2 ");
  CHECK(named_in("x[N,D], b[D]", "max[entry](x[i,entry] + b[entry])") == "entry2 ");
}
