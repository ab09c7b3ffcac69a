// libFuzzer target: any bytes are read as a file of claims; what is good in them is printed and parsed again.
#include "symbolic/claims/claims.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "symbolic/notation/resolve.hpp"

namespace {

using namespace chalktape;

language::Layer no_other_files(const std::string& file, const std::optional<std::string>& /*name*/) {
  throw std::runtime_error("cannot read '" + file + "'");
}

/// A formula as the text would write it, parsed in the claim's names, is the same formula.
void round_trip(const claims::Claim& claim, const claims::Chain& chain) {
  if (claim.scope->delta != "delta" || !claim.scope->gradient_names.empty()) return;
  language::Layer names = claim.scope->layer;
  names.definitions.insert(names.definitions.end(), claim.scope->own.begin(), claim.scope->own.end());
  for (const claims::Link& link : chain.links) {
    const auto again = notation::parse_expression(claim.scope->written(link.value), names, {.indices = chain.indices});
    if (!language::equal(again.value, link.value)) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const claims::ClaimFile file =
      claims::read_claims(std::string(reinterpret_cast<const char*>(data), size), "fuzzed.chalk", no_other_files);
  if (!file.diagnostics.empty()) {  // claims beside mistakes are not for use
    if (file.diagnostics.render(file.source).empty()) std::abort();
    return 0;
  }
  for (const claims::Claim& claim : file.claims) {
    for (const claims::Chain& chain : claim.chains) round_trip(claim, chain);
  }
  return 0;
}
