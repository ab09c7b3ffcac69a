// libFuzzer target: any bytes are read as an NPY file, or refused; what was read comes back from its own bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "engine/io/io.hpp"

using namespace chalktape::engine;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const Tensor tensor = parse_npy(std::string_view(reinterpret_cast<const char*>(data), size), "fuzzed.npy");
    const std::string bytes = to_npy(tensor);
    const Tensor again = parse_npy(bytes, "again.npy");
    // Bytes, not numbers: a NaN is not equal to itself.
    if (again.shape() != tensor.shape() || to_npy(again) != bytes) std::abort();
  } catch (const Error& error) {
    if (!std::string_view(error.what()).starts_with("fuzzed.npy: ")) std::abort();
  }
  return 0;
}
