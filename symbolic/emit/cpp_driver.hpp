// A C interface to an emitted header: what loads it calls.
#pragma once

#include <cstddef>
#include <string>

#include "symbolic/emit/program.hpp"

namespace chalktape::emit {

/// Runs forward, then backward. Arrays in the order of the layer: sizes, upstream gradients, tensors, constants
/// (numbers: an array with one entry), outputs with the auxiliary ones last, gradients by tensor. Nothing may be null.
template <class T>
using CppDriver = void (*)(const std::size_t* sizes, const T* const* upstream, const T* const* tensors,
                           const T* const* constants, T* const* outputs, T* const* gradients);

/// The names of the functions for float and double: C++ text that includes `header` and defines
/// `PREFIX_f32` and `PREFIX_f64`, both CppDrivers with C linkage.
[[nodiscard]] std::string cpp_driver(const Program& program, const std::string& header, const std::string& prefix);

}  // namespace chalktape::emit
