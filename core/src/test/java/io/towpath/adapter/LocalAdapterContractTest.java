package io.towpath.adapter;

import io.towpath.testkit.AdapterContract;

class LocalAdapterContractTest extends AdapterContract {
  @Override
  protected Adapter create() {
    return new LocalAdapter();
  }
}
