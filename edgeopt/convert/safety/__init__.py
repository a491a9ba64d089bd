"""What may be wrong with a model that somebody else made, looked for before anything is loaded.

archives    zip files and folders: names, links, sizes; arrays that would be unpickled       (edgeopt's own process)
hdf5        links to other files, sizes, types that hold objects                              (worker)
config      Keras configurations: code, custom objects                                        (worker)
operations  TensorFlow graphs: operators that run Python or touch files                       (worker)
"""
