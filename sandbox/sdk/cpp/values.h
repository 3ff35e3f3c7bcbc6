// What generated structs are made of besides readers and builders; the same as on a host.
#pragma once

#include "proxy/pointer-values.h"
#include "proxy/values.h"

namespace troop::inline guest {

using proxy::Boxed;
using proxy::Void;

using proxy::readBooleans;
using proxy::readCapabilities;
using proxy::readDatas;
using proxy::readList;
using proxy::readLists;
using proxy::readNumbers;
using proxy::readStructs;
using proxy::readTexts;
using proxy::readVoids;
using proxy::writeBooleans;
using proxy::writeCapabilities;
using proxy::writeDatas;
using proxy::writeList;
using proxy::writeLists;
using proxy::writeNumbers;
using proxy::writeStruct;
using proxy::writeStructs;
using proxy::writeTexts;
using proxy::writeVoids;

}  // namespace troop::inline guest
