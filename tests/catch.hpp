// Catch2, whichever version the machine has: 3 (one header for all) or 2 (one header that is all).
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
